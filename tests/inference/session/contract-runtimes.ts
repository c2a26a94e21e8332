import type { Runtime } from '../../../runtime/inference/session/session-port.ts';
import type { Need } from './contract.ts';

/** A runtime to be checked, and what it offers beside the port. */
export interface Subject {
  offers: readonly Need[];
  open(library?: string): Promise<Runtime>;
}

/** Every runtime that runs in this process. A further one is a row. */
export const runtimes: Readonly<Record<string, Subject>> = {
  'onnxruntime-node': {
    offers: ['answers'],
    async open() {
      const { openNodeRuntime } =
        await import('../../../runtime/inference/session/node-session.ts');
      return openNodeRuntime();
    },
  },
  'ort-capi': {
    offers: ['answers', 'ending'],
    async open(library) {
      const { openOrtRuntime, packagedLibrary } =
        await import('../../../runtime/inference/session/ort-capi/ort-runtime.ts');
      return openOrtRuntime(library ?? packagedLibrary());
    },
  },
};
