/** One change at a time: asynchronous actions run in the order they were asked for. Keeps no results. */

/** Runs `action` after all earlier ones ended, well or badly. */
export type InTurn = <T>(action: () => Promise<T>) => Promise<T>;

/** A queue of its own. */
export function createTurns(): InTurn {
  let last: Promise<unknown> = Promise.resolve();
  return (action) => {
    const result = last.then(action);
    last = result.catch(() => undefined); // the caller has the error; the next one in turn must not
    return result;
  };
}
