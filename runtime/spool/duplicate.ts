/**
 * What to do with other bytes under a known SOP Instance UID; all of them are kept whatever the policy. `keep-first`:
 * those received first count. `use-latest`: those received last count. `quarantine`: none of them can be trusted, and
 * their study gets no result.
 */
export type DuplicatePolicy = 'keep-first' | 'use-latest' | 'quarantine';

interface Received {
  receivedAt: number;
  path: string;
  offset: number;
}

/**
 * Whether `again` takes the place of `known`. It follows from the records alone and not from the order in which they
 * are indexed, so that an index made again from the segments says the same.
 */
export function takesPlace(again: Received, known: Received, policy: DuplicatePolicy): boolean {
  const later = isLater(again, known);
  return policy === 'use-latest' ? later : !later;
}

function isLater(one: Received, other: Received): boolean {
  if (one.receivedAt !== other.receivedAt) return one.receivedAt > other.receivedAt;
  return one.path === other.path ? one.offset > other.offset : one.path > other.path;
}
