import { describe, expect, it } from 'vitest';
import { kermanyEntries, nihEntries, tableEntries } from './layout.ts';
import { readOpinions } from './opinions.ts';
import { readTable } from './table.ts';

const table = (text: string) => readTable(Buffer.from(text));

describe('the children’s layout', () => {
  it.each([
    ['PNEUMONIA/person1000_bacteria_2931.jpeg', 'person1000', 1],
    ['PNEUMONIA/person12_virus_4.jpeg', 'person12', 1],
    ['PNEUMONIA/person12_virus_4_1.jpeg', 'person12', 1],
    ['NORMAL/IM-0115-0001.jpeg', 'IM-0115', 0],
    ['NORMAL/IM-0115-0001-0002.jpeg', 'IM-0115', 0],
    ['NORMAL/NORMAL2-IM-0001-0001.jpeg', 'NORMAL2-IM-0001', 0],
    ['NORMAL/NORMAL2-IM-0001-0001-0001.jpeg', 'NORMAL2-IM-0001', 0],
  ])('names the patient in %s', (file, patient, pneumonia) => {
    expect(kermanyEntries([file])).toEqual([
      { file, patient, labels: { pneumonia, opacity: pneumonia }, burnedInAnnotation: 'NO' },
    ]);
  });

  it.each(['NORMAL/person1_virus_1.jpeg', 'NORMAL/.DS_Store', 'OTHER/IM-0115-0001.jpeg', 'x'])(
    'refuses %s',
    (file) => {
      expect(() => kermanyEntries([file])).toThrow(`${file} does not name its patient`);
    },
  );
});

describe('the adults’ table', () => {
  const header = 'file,patient,findings,age,sex,view\n';

  it('makes a label of every finding', () => {
    const [entry] = nihEntries(table(`${header}1.jpg,00001280,Edema|Pneumonia,36,F,PA\n`));
    expect(entry).toMatchObject({ file: 'images/1.jpg', patient: '00001280', age: 36, sex: 'F' });
    expect(Object.values(entry?.labels ?? {})).toHaveLength(15);
    expect(entry?.labels).toMatchObject({ opacity: 1, edema: 1, pneumonia: 1, effusion: 0 });
  });

  it.each([
    ['No Finding', 0],
    ['Emphysema', 1],
    ['Pneumothorax', undefined],
    ['Emphysema|Pneumothorax', undefined],
    ['Mass|Pneumothorax', 1],
  ])('counts %s as opacity %s', (findings, opacity) => {
    const [entry] = nihEntries(table(`${header}1.jpg,1,${findings},,,\n`));
    expect(entry?.labels['opacity']).toBe(opacity);
  });

  it('leaves unknown what is empty', () => {
    const [entry] = nihEntries(table(`${header}1.jpg,1280,No Finding,,,\n`));
    expect(Object.keys(entry ?? {}).toSorted()).toEqual(
      ['burnedInAnnotation', 'file', 'labels', 'patient'].toSorted(),
    );
    expect(Object.values(entry?.labels ?? {})).toEqual(Array.from({ length: 15 }, () => 0));
  });

  it('refuses an unknown finding, and a table without its columns', () => {
    const rows = `${header}1.jpg,1,Edema,,,\n2.jpg,2,Pneumonai,,,\n`;
    expect(() => nihEntries(table(rows))).toThrow(/row 3: unknown finding "Pneumonai"/);
    expect(() => nihEntries(table('file,patient\n'))).toThrow(/column findings is missing/);
  });
});

describe('a table of one’s own', () => {
  it('has one label or several, and what else is known', () => {
    const rows = table(
      'file,patient,site,label,label:edema,burnedIn\na/1.jpg,p1,s1,1,,NO\n2.jpg,p2,,,0,\n',
    );
    expect(tableEntries(rows, 'finding')).toEqual([
      {
        file: 'a/1.jpg',
        patient: 'p1',
        site: 's1',
        labels: { finding: 1 },
        burnedInAnnotation: 'NO',
      },
      { file: '2.jpg', patient: 'p2', labels: { edema: 0 } },
    ]);
  });

  it('names every row that is wrong', () => {
    const rows = table(
      'file,patient,label,age,sex\n1.jpg,p1,2,36,F\n2.jpg,,1,,\n3.jpg,p3,1,414,\n4.jpg,p4,1,,X\n',
    );
    expect(() => tableEntries(rows, 'finding')).toThrow(
      /row 2: label "2" .*; row 3: patient "" .*; row 4: age "414" .*; row 5: sex "X"/,
    );
  });

  it.each([
    '../1.jpg',
    '/etc/passwd',
    'a/../../1.jpg',
    'a\\1.jpg',
    './1.jpg',
    'a//1.jpg',
    '"a\nb"',
  ])('refuses the path %s', (file) => {
    const rows = table(`file,patient,label\n${file},p1,1\n`);
    expect(() => tableEntries(rows, 'finding')).toThrow(/row 2: file .* no path inside/);
  });

  it('refuses a column that it does not know', () => {
    expect(() => tableEntries(table('file,patient,lable\n'), 'x')).toThrow(/"lable" is unknown/);
    expect(() => tableEntries(table('file,patient,label:A b\n'), 'x')).toThrow(/is unknown/);
  });
});

describe('a table of opinions', () => {
  const expected = new Map([
    ['1.jpg', { anna: 1, bert: 0 }],
    ['2.jpg', { anna: 0 }],
  ]);

  it('is long or wide', () => {
    const long = 'file,reader,label\n1.jpg,anna,1\n1.jpg,bert,0\n2.jpg,anna,0\n';
    const wide = 'file,reader:anna,reader:bert\n1.jpg,1,0\n2.jpg,0,\n';
    expect(readOpinions(table(long))).toEqual(expected);
    expect(readOpinions(table(wide))).toEqual(expected);
  });

  it.each([
    ['file,reader,label\n1.jpg,anna,x\n', /row 2: label "x"/],
    ['file,reader,label\n1.jpg,,1\n', /row 2: reader ""/],
    ['file,anna\n1.jpg,1\n', /row 2: column anna is no reader:NAME/],
    ['file,reader,label\n1.jpg,anna,1\n1.jpg,anna,0\n', /row 3: anna on 1.jpg is in row 2/],
    ['file,reader:anna\n1.jpg,1\n1.jpg,1\n', /row 3: anna on 1.jpg is in row 2/],
    ['file,reader\n', /column label is missing/],
  ])('refuses %j', (text, message) => {
    expect(() => readOpinions(table(text))).toThrow(message);
  });
});
