/**
 * How many devices answer what one of them does, in a room of any size: where all of a thousand did, each message
 * would bring a thousand more, to a thousand readers each.
 */
export const MOST_ANSWERS = 64;
