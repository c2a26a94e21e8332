import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  foldPatients,
  foldSites,
  type Percentages,
  type SplitItem,
  splitPatients,
  splitSites,
} from './split.ts';

const seventy: Percentages = { train: 70, validation: 20, test: 10 };

/** Patients p0 to pN-1 with one to three images, every third of them positive in one image only. */
function population(count: number, sites = 0): SplitItem[] {
  return Array.from({ length: count }, (_, index) =>
    Array.from({ length: 1 + (index % 3) }, (_image, at) => ({
      patient: `p${index}`,
      label: Number(index % 3 === 0 && at === 0),
      ...(sites && { site: `site${index % sites}` }),
    })),
  ).flat();
}

function inPart(parts: Map<string, string | number>, part: string | number): string[] {
  return [...parts].filter(([, each]) => each === part).map(([patient]) => patient);
}

describe('a split by patient', () => {
  it('is the one of the rule: sha256 of seed and patient, cut at the rounded percentages', () => {
    const patients = Array.from({ length: 15 }, (_, index) => `p${index}`);
    const key = (patient: string) => createHash('sha256').update(`s:${patient}`).digest('hex');
    const ordered = patients.toSorted((one, other) => (key(one) < key(other) ? -1 : 1));
    const items = patients.map((patient) => ({ patient, label: 0 }));
    const parts = splitPatients(items, 's', { train: 50, validation: 20, test: 30 });
    // 7.5 rounds to 8, 10.5 to 11.
    expect(new Set(inPart(parts, 'train'))).toEqual(new Set(ordered.slice(0, 8)));
    expect(new Set(inPart(parts, 'validation'))).toEqual(new Set(ordered.slice(8, 11)));
    expect(new Set(inPart(parts, 'test'))).toEqual(new Set(ordered.slice(11)));
  });

  it('is the one that sha256sum gives', () => {
    const items = ['person1', 'person2', 'person3', 'person4', 'person5'].map((patient) => ({
      patient,
      label: 1,
    }));
    const parts = splitPatients(items, 'chest-1', { train: 60, validation: 40, test: 0 });
    // `echo -n chest-1:personN | sha256sum` begins with a5, 5d, 71, 1d and 67 for N = 1 to 5.
    expect(inPart(parts, 'validation')).toEqual(['person3', 'person1']);
  });

  it('spreads a class evenly: a patient is positive if any image is', () => {
    const parts = splitPatients(population(300), 'a', seventy);
    const positive = (part: string): number =>
      inPart(parts, part).filter((patient) => Number(patient.slice(1)) % 3 === 0).length;
    expect(['train', 'validation', 'test'].map(positive)).toEqual([70, 20, 10]);
    expect(inPart(parts, 'train')).toHaveLength(210);
  });

  it('spreads each class of each site evenly', () => {
    const parts = splitPatients(population(300, 5), 'a', seventy);
    for (let site = 0; site < 5; site++) {
      const train = inPart(parts, 'train').filter((each) => Number(each.slice(1)) % 5 === site);
      expect(train).toHaveLength(42);
    }
  });

  it('does not hang on the order of the images, and hangs on the seed', () => {
    const items = population(60);
    const sorted = (parts: Map<string, string>) =>
      [...parts].map(([patient, part]) => `${patient} ${part}`).toSorted();
    const parts = sorted(splitPatients(items, 'a', seventy));
    expect(sorted(splitPatients(items.toReversed(), 'a', seventy))).toEqual(parts);
    expect(sorted(splitPatients(items, 'b', seventy))).not.toEqual(parts);
  });

  it('leaves out who has no label at all', () => {
    const items = [...population(10), { patient: 'unread' }, { patient: 'p0' }];
    const parts = splitPatients(items, 'a', seventy);
    expect(parts.has('unread')).toBe(false);
    expect(parts.size).toBe(10);
  });

  it('refuses percentages that do not add up', () => {
    const wrong = { train: 70, validation: 20, test: 20 };
    expect(() => splitPatients(population(3), 'a', wrong)).toThrow(/add up to 110/);
  });
});

describe('folds', () => {
  it('differ by one patient at most, in each class', () => {
    const folds = foldPatients(population(100), 'a', 5);
    for (let fold = 0; fold < 5; fold++) {
      const positive = inPart(folds, fold).filter((each) => Number(each.slice(1)) % 3 === 0);
      expect(positive.length - 6).toBeOneOf([0, 1]);
    }
    expect(folds.size).toBe(100);
  });
});

describe('a split by site', () => {
  it('keeps every site whole', () => {
    const items = population(200, 10);
    const parts = splitSites(items, 'a', seventy);
    const sites = Map.groupBy(items, ({ site }) => site);
    const partsOf = [...sites.values()].map(
      (members) => new Set(members.map(({ patient }) => parts.get(patient))),
    );
    expect(partsOf.every(({ size }) => size === 1)).toBe(true);
    expect(partsOf.filter((each) => each.has('train'))).toHaveLength(7);
    expect(new Set(foldSites(items, 'a', 4).values()).size).toBe(4);
  });

  it('refuses a patient of sites that fall apart, and an image without a site', () => {
    const items = population(200, 10);
    const parts = splitSites(items, 'a', seventy);
    const site = (part: string) =>
      items.find(({ patient }) => parts.get(patient) === part)?.site ?? '';
    const moved = { patient: 'moved', label: 0 };
    const both = [
      { ...moved, site: site('train') },
      { ...moved, site: site('test') },
    ];
    expect(() => splitSites([...items, ...both], 'a', seventy)).toThrow(/patient moved/);
    expect(() => splitSites([moved], 'a', seventy)).toThrow(/moved has an image without a site/);
  });
});
