/** Typed listeners by event name. A listener that throws is a defect of its own: it is told, and the others still hear. */
export type Emitter<Events> = {
  on<E extends keyof Events>(event: E, listener: (value: Events[E]) => void): () => void;
  emit<E extends keyof Events>(event: E, value: Events[E]): void;
};

/** `onError`: what a listener threw. */
export function createEmitter<Events>(onError: (error: unknown) => void): Emitter<Events> {
  const listeners = new Map<keyof Events, Set<(value: never) => void>>();
  return {
    on(event, listener) {
      const ours = listeners.get(event) ?? new Set();
      listeners.set(event, ours);
      // Wrapped, so that one function listening twice is two listeners.
      const own = (value: Events[typeof event]): void => listener(value);
      ours.add(own);
      return () => void ours.delete(own);
    },
    emit(event, value) {
      for (const listener of listeners.get(event) ?? []) {
        try {
          (listener as (value: unknown) => void)(value);
        } catch (error) {
          onError(error);
        }
      }
    },
  };
}
