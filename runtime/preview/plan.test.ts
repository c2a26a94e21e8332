import { describe, expect, it } from 'vitest';
import { imageId, type Plan, planPreviews, type PreviewSubject, type StudyImage } from './plan.ts';

function image(
  uid: string,
  facts: Partial<StudyImage['facts']> = {},
  more: Partial<StudyImage> = {},
) {
  return {
    sopInstanceUid: uid,
    seriesUid: '2.25.9',
    transferSyntaxUid: '1.2.840.10008.1.2.1',
    path: 'one.segment',
    offset: 0,
    length: 1,
    receivedAt: 1,
    facts: { modality: 'DX', bodyPart: '', rows: 8, columns: 8, slice: undefined, ...facts },
    ...more,
  } satisfies StudyImage;
}

/** A stack whose UIDs are in another order than its places. */
function stack(count: number, seriesUid = '2.25.9', bodyPart = 'HEAD'): StudyImage[] {
  return Array.from({ length: count }, (_, at) =>
    image(
      `${seriesUid}.${(at * 7) % count}`,
      { modality: 'CT', bodyPart, slice: { plane: 'axial', at: ((at * 7) % count) * 2.5 } },
      { seriesUid, offset: at },
    ),
  );
}

function plan(subject: Partial<PreviewSubject>): Plan | undefined {
  return planPreviews({ instances: [], judged: new Set(), key: undefined, ...subject });
}

const numbers = (made: Plan | undefined, which: 'preview' | 'thumbnail') =>
  made?.images.filter((each) => each[which]).map(({ number }) => number);

const oneTo = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, at) => first + at);

describe('the pictures of a series of slices', () => {
  it('stand around its middle, in the order of their places', () => {
    const made = plan({ instances: stack(30) });
    expect(numbers(made, 'preview')).toEqual(oneTo(11, 21));
    expect(numbers(made, 'thumbnail')).toEqual([16]);
    expect(made?.images.map(({ instance }) => instance.facts.slice?.at)).toEqual(
      oneTo(11, 21).map((number) => (number - 1) * 2.5),
    );
  });

  it.each([
    [16, oneTo(12, 22)],
    [0, oneTo(1, 6)],
    [2, oneTo(1, 8)],
    [29, oneTo(25, 30)],
  ])(
    'stand around the key slice at %i, and the thumbnail is the middle all the same',
    (at, shown) => {
      const made = plan({ instances: stack(30), key: { sopInstanceUid: `2.25.9.${at}` } });
      expect(numbers(made, 'preview')).toEqual(shown);
      expect(numbers(made, 'thumbnail')).toEqual([16]);
    },
  );

  it('are eleven at most and all of a short one', () => {
    expect(plan({ instances: stack(300) })?.images).toHaveLength(11);
    expect(numbers(plan({ instances: stack(3) }), 'preview')).toEqual([1, 2, 3]);
  });

  it('are those of the series that was judged, else of the largest one', () => {
    const instances = [
      image('2.25.5', { modality: 'CT' }),
      ...stack(8, '2.25.1'),
      ...stack(9, '2.25.2'),
    ];
    const series = (made: Plan | undefined) =>
      new Set(made?.images.map((each) => each.instance.seriesUid));
    expect(series(plan({ instances }))).toEqual(new Set(['2.25.2']));
    expect(series(plan({ instances, judged: new Set(['2.25.1.3']) }))).toEqual(new Set(['2.25.1']));
    const key = { sopInstanceUid: '2.25.2.3' };
    expect(series(plan({ instances, judged: new Set(['2.25.1.3']), key }))).toEqual(
      new Set(['2.25.2']),
    );
  });

  it('have the windows of the region, by the body part where nobody says it', () => {
    expect(plan({ instances: stack(3) })?.region).toBe('head');
    expect(plan({ instances: stack(3, '2.25.9', 'CHEST') })?.region).toBe('body');
    expect(plan({ instances: stack(3, '2.25.9', ''), region: 'head' })?.region).toBe('head');
    expect(plan({ instances: [image('2.25.1')] })?.region).toBeUndefined();
  });
});

describe('the pictures of other images', () => {
  it('are all of them in the order in which they came, the first for the thumbnail', () => {
    const instances = [
      image('2.25.1', {}, { receivedAt: 3 }),
      image('2.25.2', {}, { receivedAt: 1 }),
      image('2.25.3', {}, { receivedAt: 2, seriesUid: '2.25.8' }),
    ];
    const made = plan({ instances });
    expect(made?.images.map((each) => each.instance.sopInstanceUid)).toEqual([
      '2.25.2',
      '2.25.3',
      '2.25.1',
    ]);
    expect(numbers(made, 'thumbnail')).toEqual([1]);
  });

  it('are so many at most, and those that were judged among them', () => {
    const instances = Array.from({ length: 60 }, (_, at) =>
      image(`2.25.${100 + at}`, {}, { receivedAt: at }),
    );
    const made = plan({ instances, judged: new Set(['2.25.155']) });
    expect(made?.images).toHaveLength(24);
    expect(made?.images.at(-1)?.instance.sopInstanceUid).toBe('2.25.155');
  });

  it('know the frame that counts', () => {
    const key = { sopInstanceUid: '2.25.2', frame: 40 };
    const made = plan({ instances: [image('2.25.1'), image('2.25.2')], key });
    expect(made?.images.map(({ keyFrame }) => keyFrame)).toEqual([undefined, 40]);
  });

  it('are none where there is no image', () => {
    expect(plan({})).toBeUndefined();
    expect(
      plan({ instances: [image('2.25.1', { modality: 'SR', rows: 0, columns: 0 })] }),
    ).toBeUndefined();
  });
});

describe('the name of a plan', () => {
  it('is the same for the same pictures and another for others', () => {
    const [first, ...rest] = stack(30);
    const name = (subject: Partial<PreviewSubject>) => plan(subject)?.name;
    const plainly = name({ instances: stack(30) });
    expect(plainly).toMatch(/^[0-9a-f]{16}$/);
    expect(name({ instances: stack(30).toReversed(), judged: new Set(['2.25.9.3']) })).toBe(
      plainly,
    );
    const others = [
      name({ instances: stack(30), key: { sopInstanceUid: '2.25.9.3' } }),
      name({ instances: stack(31) }),
      name({ instances: stack(30), region: 'body' }),
      name({
        instances: [{ ...first!, path: 'two.segment' }, ...rest].map((each) => ({
          ...each,
          path: 'x',
        })),
      }),
    ];
    expect(new Set([plainly, ...others]).size).toBe(5);
  });
});

describe('the name of an image in addresses', () => {
  it('says which image and frame', () => {
    expect(imageId({ sopInstanceUid: '2.25.1' })).toBe('2.25.1');
    expect(imageId({ sopInstanceUid: '2.25.1', frame: 7 })).toBe('2.25.1-7');
  });

  it('is safe whatever the image calls itself', () => {
    for (const sopInstanceUid of ['../../etc/passwd', '', '2.25.1/2', '9'.repeat(65), 'ä'])
      expect(imageId({ sopInstanceUid, frame: 1 })).toMatch(/^[0-9a-f]{32}-1$/);
  });
});
