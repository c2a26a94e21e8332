import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { ScansideError } from '../../../../device/errors.ts';
import type { Runtime, Session, SessionSettings } from '../session-port.ts';
import { SessionSet } from '../session-set.ts';
import { closeEnvironment, openEnvironment, type OrtEnvironment } from './ort-environment.ts';
import { OrtError, OrtLibrary } from './ort-library.ts';
import { openOrtSession, type OrtSession } from './ort-session.ts';

/** A runtime whose sessions also tell their model's metadata. */
export interface OrtRuntime extends Runtime {
  open(model: Uint8Array, settings: SessionSettings): Promise<OrtSession>;
}

/** Path of the library that comes with onnxruntime-node: for processors. */
export function packagedLibrary(): string {
  const manifest = createRequire(import.meta.url).resolve('onnxruntime-node/package.json');
  const folder = join(dirname(manifest), 'bin', 'napi-v6', 'linux', process.arch);
  return join(folder, 'libonnxruntime.so.1');
}

function load(path: string): OrtEnvironment {
  try {
    return openEnvironment(new OrtLibrary(path));
  } catch (cause) {
    if (!(cause instanceof OrtError)) throw cause;
    throw new ScansideError('ENGINE_LIBRARY_REFUSED', `${path}: ${cause.message}`, { cause });
  }
}

/**
 * ONNX Runtime through its C API: runs leave their thread free and can be ended. Loads the library into this process,
 * which must have been proved in another. Throws ENGINE_LIBRARY_REFUSED.
 */
export function openOrtRuntime(path: string): OrtRuntime {
  const environment = load(path);
  const sessions = new SessionSet<OrtSession>();
  const forget = (session: Session) => sessions.forget(session);
  let closing: Promise<void> | undefined;
  return {
    name: 'ort-capi',
    version: environment.library.version,
    cancellable: true,
    open: (model, settings) =>
      sessions.add(() => openOrtSession(environment, model, settings, forget)),
    close() {
      closing ??= sessions.close().then(() => closeEnvironment(environment));
      return closing;
    },
  };
}
