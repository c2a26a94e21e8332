import { describe, expect, it, test } from 'vitest';
import { chooseStudies, judgeSettlement, wantedBytes, type KeptStudy } from './retention.ts';

const pacs = { name: 'PACS', commitment: true };
const archive = { name: 'archive', commitment: false };
const object = (states: Record<string, string>, wantedBy = [pacs, archive]) => ({
  wantedBy,
  states: new Map(Object.entries(states)),
});

describe('a study is settled', () => {
  const facts = {
    reported: true,
    open: false,
    anywhere: true,
    objects: [object({ PACS: 'committed', archive: 'stored' })],
  };

  it.each([
    ['when every destination has it for good', {}, 'delivered'],
    [
      'not while the PACS has only stored it',
      { objects: [object({ PACS: 'stored', archive: 'stored' })] },
      'pending',
    ],
    [
      'not while one destination is missing',
      { objects: [object({ PACS: 'committed' })] },
      'pending',
    ],
    [
      'not while one of its results is on its way',
      { objects: [...facts.objects, object({ PACS: 'queued' })] },
      'pending',
    ],
    ['not while it is open', { open: true }, 'pending'],
    ['not before it is reported', { reported: false }, 'pending'],
    ['never without a destination', { anywhere: false }, 'pending'],
    [
      'when those have it that are to have it',
      { objects: [...facts.objects, object({ PACS: 'committed' }, [pacs])] },
      'delivered',
    ],
    ['in another way where nothing may be sent', { objects: [] }, 'withheld'],
    ['in another way where nobody is to have it', { objects: [object({}, [])] }, 'withheld'],
  ])('%s', (_, change, expected) => {
    expect(judgeSettlement({ ...facts, ...change })).toBe(expected);
  });
});

const study = (name: string, at: number, change: Partial<KeptStudy> = {}): KeptStudy => ({
  studyUid: name,
  lastReceivedAt: at,
  bytes: 10,
  settlement: 'delivered',
  ...change,
});
const names = (...[studies, want]: Parameters<typeof chooseStudies>) =>
  chooseStudies(studies, want).map(({ studyUid, because }) => `${studyUid} ${because}`);
const ease = { now: 1000, keepMs: 100, bytesWanted: 0 };

test('what is older than the limit goes, and nothing that is pending', () => {
  const studies = [
    study('pending', 1, { settlement: 'pending' }),
    study('withheld', 2, { settlement: 'withheld' }),
    study('old', 899),
    study('just', 900),
  ];
  expect(names(studies, ease)).toEqual(['withheld age', 'old age']);
});

test('a full disk takes the oldest delivered ones, as many as it needs', () => {
  const studies = [
    study('third', 930),
    study('second', 920),
    study('first', 910),
    study('withheld', 905, { settlement: 'withheld' }),
    study('pending', 901, { settlement: 'pending' }),
  ];
  expect(names(studies, { ...ease, bytesWanted: 11 })).toEqual(['first disk', 'second disk']);
  expect(names(studies, { ...ease, bytesWanted: 1e9 })).toHaveLength(3);
});

test('what goes by age counts as bytes given back', () => {
  const studies = [study('old', 1), study('new', 950)];
  expect(names(studies, { ...ease, bytesWanted: 10 })).toEqual(['old age']);
});

test('bytes are wanted only below the share that is to be free', () => {
  expect(wantedBytes({ free: 100, total: 1000 }, 15)).toBe(50);
  expect(wantedBytes({ free: 150, total: 1000 }, 15)).toBe(0);
});
