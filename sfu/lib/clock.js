import { performance } from "node:perf_hooks";

/**
 * A clock in whole microseconds since 1970 that takes the wall time once and then runs on the monotonic clock, so that it never steps back.
 * @returns {() => number}
 */
export function monotonicClock() {
  const startMs = Date.now() - performance.now();
  return () => Math.floor((startMs + performance.now()) * 1000);
}
