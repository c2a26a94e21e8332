import koffi from 'koffi';

/**
 * Native code runs on a stack of koffi's, not on the thread's. Its 128 KiB for asynchronous calls are less than a graph
 * partitioner or a regular expression takes; memory is used only as far as the stack is.
 */
export const stackBytes = 16 * 2 ** 20;

// Can be set only before the first library is loaded, so that all are loaded here.
koffi.config({ sync_stack_size: stackBytes, async_stack_size: stackBytes });

export type NativeLibrary = ReturnType<typeof koffi.load>;
export type NativeFunction = ReturnType<NativeLibrary['func']>;

/** Loads a shared library into this process, for as long as that lives. Throws what the loader says. */
export function loadNative(path: string): NativeLibrary {
  return koffi.load(path);
}
