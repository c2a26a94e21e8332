import process from 'node:process';
import koffi from 'koffi';
import { loadNative, type NativeFunction, type NativeLibrary } from './native-library.ts';
import {
  apiVersion,
  misplaced,
  type Checked,
  type OrtArguments,
  type OrtName,
  type OrtResult,
  type OrtRow,
  ortTable,
} from './ort-table.ts';

// ONNX Runtime reports models and machines to its maker unless it is told not to before the first session.
process.env['ORT_DISABLE_TELEMETRY'] = '1';

/** A library that is not what it must be, or a call that it answered with a failure, in its words. */
export class OrtError extends Error {}

/** Why a version of ONNX Runtime cannot be used, or undefined. The table is of API 22, and of major version 1. */
export function versionRefusal(version: string): string | undefined {
  const [, major, minor] = /^(\d+)\.(\d+)\.\d+/.exec(version) ?? [];
  if (major === undefined) return `it says that its version is ${version.slice(0, 40)}`;
  if (Number(major) > 1) return `ONNX Runtime ${version} is newer than 1.x, which is what is known`;
  if (Number(major) < 1 || Number(minor) < apiVersion)
    return `ONNX Runtime ${version} is too old; 1.${apiVersion} is the oldest that is accepted`;
  return undefined;
}

type Leading<All extends readonly unknown[]> = All extends readonly [...infer Most, unknown]
  ? Most
  : never;

function loadLibrary(path: string): NativeLibrary {
  try {
    return loadNative(path);
  } catch (cause) {
    throw new OrtError(`it cannot be loaded: ${(cause as Error).message}`, { cause });
  }
}

/** OrtApiBase: GetApi and GetVersionString. */
function openBase(path: string): { getApi: bigint; version: string } {
  const native = loadLibrary(path);
  try {
    const base: bigint = native.func('OrtGetApiBase', 'void *', [])();
    const [getApi = 0n, getVersion = 0n] = new BigUint64Array(koffi.view(base, 16));
    return { getApi, version: koffi.call(getVersion, koffi.proto('str', [])) };
  } catch (cause) {
    throw new OrtError('it is not ONNX Runtime: it has no OrtGetApiBase', { cause });
  }
}

function bind(api: bigint, [place, returns, takes]: OrtRow): NativeFunction {
  const [address] = new BigUint64Array(koffi.view(api + BigInt(place * 8), 8));
  const type = koffi.proto(returns === 'status' ? 'void *' : returns, [...takes]);
  return koffi.decode(address, type);
}

function bindAll(
  api: bigint,
  table: Readonly<Record<OrtName, OrtRow>>,
): Readonly<Record<string, NativeFunction>> {
  try {
    return Object.fromEntries(Object.entries(table).map(([name, row]) => [name, bind(api, row)]));
  } catch (cause) {
    throw new OrtError(`${misplaced}: ${(cause as Error).message}`, { cause });
  }
}

/** A cell for one pointer, outside the heap of JavaScript. For calls that have returned before it is read. */
function makeCell(): BigUint64Array {
  return new BigUint64Array(new ArrayBuffer(8));
}

/** ONNX Runtime's C API. It stays loaded as long as the process lives. */
export class OrtLibrary {
  readonly version: string;
  readonly #functions: Readonly<Record<string, NativeFunction>>;

  /** Throws OrtError. Only a process that may die opens a library that has not been proved. */
  constructor(path: string, table: Readonly<Record<OrtName, OrtRow>> = ortTable) {
    const { getApi, version } = openBase(path);
    const wrong = versionRefusal(version);
    if (wrong) throw new OrtError(wrong);
    const api: bigint | null = koffi.call(getApi, koffi.proto('void *', ['uint32_t']), apiVersion);
    if (!api) throw new OrtError(`it has no API of version ${apiVersion}`);
    this.version = version;
    this.#functions = bindAll(api, table);
  }

  call<Name extends OrtName>(name: Name, ...given: OrtArguments<Name>): OrtResult<Name> {
    return this.#functions[name]!(...given);
  }

  /** Calls a function that returns a status. Throws OrtError for a failure. */
  check<Name extends Checked>(name: Name, ...given: OrtArguments<Name>): void {
    this.#throwFailure(name, this.#functions[name]!(...given));
  }

  /** The same on another thread. What it takes by pointer must be native memory. */
  checkAside<Name extends Checked>(name: Name, ...given: OrtArguments<Name>): Promise<void> {
    return new Promise((resolve, reject) => {
      const done = (error: Error | null, status: bigint | null) => {
        try {
          if (error) throw error;
          this.#throwFailure(name, status);
          resolve();
        } catch (failure) {
          reject(failure);
        }
      };
      this.#functions[name]!.async(...given, done);
    });
  }

  /** What a function gives through its last argument, an address or a number of 64 bits. */
  get<Name extends Checked>(name: Name, ...given: Leading<OrtArguments<Name>>): bigint {
    const cell = makeCell();
    this.#throwFailure(name, this.#functions[name]!(...given, cell));
    return cell[0]!;
  }

  #throwFailure(name: string, status: bigint | null): void {
    if (!status) return;
    const message = this.call('GetErrorMessage', status).trim();
    this.call('ReleaseStatus', status);
    throw new OrtError(`${name}: ${message}`);
  }
}
