/** Which names look alike: without the engine, for the screens that tell people apart. */
export { nameSkeleton } from '@sotto/core/likeness';
