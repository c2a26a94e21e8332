/** The part of dcmjs that writes data sets; the package has no types. */
declare module 'dcmjs' {
  export interface Element {
    vr: string;
    Value: readonly (string | number | Elements)[];
  }

  /** By tag, eight hexadecimal digits. */
  export type Elements = Record<string, Element>;

  class WriteBufferStream {
    constructor(size: number, littleEndian: boolean);
    getBuffer(): ArrayBuffer;
  }

  export const data: {
    WriteBufferStream: typeof WriteBufferStream;
    DicomMetaDictionary: {
      /** From attributes by keyword; `_vrMap` decides where the dictionary leaves a choice of VR. */
      denaturalizeDataset(attributes: Record<string, unknown>): Elements;
    };
    DicomMessage: {
      write(
        elements: Elements,
        stream: WriteBufferStream,
        transferSyntaxUid: string,
        options: { allowInvalidVRLength: boolean },
      ): number;
    };
  };
}
