import { ScansideError } from '../../device/errors.ts';
import type { ChunkSource } from '../agent/chunk-source.ts';
import { longestChunk } from '../messages/file-request.ts';
import type { MetadataSource } from '../trust/metadata-source.ts';
import type { FileClient } from './file-client.ts';

/** The targets of the repository through the broker. */
export function brokerChunks(files: FileClient): ChunkSource {
  return {
    read: async (target, offset, length) => {
      const found = await reached(files.read(`targets/${target}`, offset, length));
      if (typeof found !== 'string') return found;
      throw new ScansideError('UPDATE_UNREACHABLE', `${target}: ${found}`);
    },
  };
}

/** The metadata of the repository through the broker. How long a file is shows where nothing more comes. */
export function brokerMetadata(files: FileClient): MetadataSource {
  return {
    async fetch(name, maxLength) {
      const parts: Buffer[] = [];
      for (let length = 0; length <= maxLength;) {
        const found = await reached(files.read(`metadata/${name}`, length, longestChunk));
        if (found === 'unknown-file') return undefined;
        if (found === 'beyond-end') return Buffer.concat(parts);
        if (typeof found === 'string')
          throw new ScansideError('UPDATE_UNREACHABLE', `${name}: ${found}`);
        parts.push(found);
        length += found.length;
      }
      throw new ScansideError('UPDATE_TOO_LONG', name);
    },
  };
}

/** What fails between device and broker, in the words of updates: it passes by itself. */
async function reached<T>(reading: Promise<T>): Promise<T> {
  try {
    return await reading;
  } catch (cause) {
    throw new ScansideError('UPDATE_UNREACHABLE', 'by the broker', { cause });
  }
}
