/** The little of WebAssembly that is used here; the library of the language leaves it to browsers. */
declare namespace WebAssembly {
  type Imports = Record<string, Record<string, unknown>>;

  type Module = object;
  const Module: new (code: Uint8Array<ArrayBuffer>) => Module;

  class Instance {
    constructor(module: Module, imports: Imports);
    readonly exports: Record<string, unknown>;
  }

  class Memory {
    readonly buffer: ArrayBuffer;
    /** By pages of 64 KiB. */
    grow(pages: number): number;
  }
}

/** The packages have no types. Their glue, which Emscripten writes, takes the same options and gives a like decoder. */
declare module '@cornerstonejs/codec-openjpeg/decodewasmjs' {
  /** A decoder object of one frame. */
  export interface Decoder {
    /** Room for the codestream. */
    getEncodedBuffer(length: number): Uint8Array;
    decode(): void;
    getDecodedBuffer(): Uint8Array;
    getFrameInfo(): {
      width: number;
      height: number;
      bitsPerSample: number;
      componentCount: number;
    };
    delete(): void;
  }

  export type Codec = Record<string, new () => Decoder>;

  export interface Options {
    instantiateWasm(
      imports: WebAssembly.Imports,
      receive: (instance: WebAssembly.Instance, module: WebAssembly.Module) => void,
    ): WebAssembly.Instance['exports'];
    print(line: string): void;
    printErr(line: string): void;
  }

  const make: (options: Options) => Promise<Codec>;
  export default make;
}

declare module '@cornerstonejs/codec-openjph/wasmjs' {
  export { default } from '@cornerstonejs/codec-openjpeg/decodewasmjs';
}
