import { runProgram } from '../tests/peers/process.ts';
import { dcmtkOptions, type Certificate } from './certificate.ts';
import type { Batch } from './ct-images.ts';

/** How storescu is run, and with what the peers are run to match. */
export interface Sender {
  name: string;
  /** For both sides; DCMTK leaves Nagle's algorithm on unless TCP_NODELAY is 1. */
  environment: Record<string, string>;
  /** Options of storescu. */
  client: readonly string[];
  /** Options of storescp. */
  server: readonly string[];
  /** Mutual TLS. */
  tls?: true;
  /** No more images than this, where a peer is so slow that more would tell nothing. */
  mostImages?: number;
}

export const tunedSender: Sender = {
  name: 'storescu -pdu 131072, TCP_NODELAY=1',
  environment: { TCP_NODELAY: '1' },
  client: ['-pdu', '131072'],
  server: ['-pdu', '131072'],
};

/** TLS, with mutual certificates and DCMTK's default profile (BCP 195). */
export const tlsSender: Sender = { ...tunedSender, name: 'the same over TLS', tls: true };

export const defaultSender: Sender = {
  name: "storescu's defaults (Nagle on, 16 KiB PDUs)",
  environment: {},
  client: [],
  server: [],
  mostImages: 200,
};

/** The longest that one batch may take. */
const limitMs = 900_000;

/** Sends a batch over so many associations at once; resolves with how long that took, milliseconds. */
export async function send(
  { environment, client }: Sender,
  port: number,
  { studies }: Batch,
  associations: number,
  tls?: Certificate,
): Promise<number> {
  const shares = shareOut(studies, associations);
  const start = performance.now();
  const all = await Promise.all(
    shares.map((folders) => {
      const args = [
        ...client,
        ...dcmtkOptions(tls),
        '+sd',
        '+r',
        '127.0.0.1',
        String(port),
        ...folders,
      ];
      return runProgram('storescu', args, limitMs, environment);
    }),
  );
  const elapsed = performance.now() - start;
  const failed = all.find(({ code }) => code !== 0);
  if (failed) throw new Error(`storescu failed (${failed.code}): ${failed.output.slice(-500)}`);
  return elapsed;
}

/** Deals things out to so many hands in turn. */
export function shareOut<T>(things: readonly T[], hands: number): T[][] {
  return Array.from({ length: hands }, (_, hand) =>
    things.filter((_thing, at) => at % hands === hand),
  );
}
