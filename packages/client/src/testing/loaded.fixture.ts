// What the engine loads when it is first needed: here before, because a clock that tests move does not wait for a disk.
import '../engine/later.ts';
