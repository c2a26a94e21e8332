/**
 * Who is to blame, which decides what happens next: `internal` is our bug and stops the process, `caller` is wrong
 * input or configuration and is refused, `world` is everything else (network, disk, peer) and is tried again.
 */
export type ErrorKind = 'internal' | 'caller' | 'world';

/** What the catalogue says of a code. */
export interface ErrorEntry {
  kind: ErrorKind;
  /** What has happened, in one clause. */
  means: string;
  /** What the person who reads it should do next. */
  remedy: string;
}
