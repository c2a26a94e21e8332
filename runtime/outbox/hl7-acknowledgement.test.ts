import { describe, expect, it } from 'vitest';
import { readAcknowledgement, UnreadableAcknowledgement } from './hl7-acknowledgement.ts';

const sent = {
  controlId: '740445DF46472B44886F',
  text: [
    'MSH|^~\\&|SCANSIDE|||||||740445DF46472B44886F|P|2.5.1',
    'PID|1||PID-77^^^HOSPITAL||Yamada^Tarou^^^^^^A~山田^太郎^^^^^^I||19580102|M',
    'OBR|1|ACC1^RIS|ACC1^RIS|363679005^Imaging procedure^SCT',
    '',
  ].join('\r'),
};

function read(...segments: string[]): ReturnType<typeof readAcknowledgement> {
  return readAcknowledgement(Buffer.from(segments.join('\r')), sent);
}

const header = 'MSH|^~\\&|RIS|H|SCANSIDE||20260921||ACK^R01^ACK|9|P|2.5.1';

describe('an acknowledgement', () => {
  it.each(['AA', 'AE', 'AR', 'CA', 'CE', 'CR'])('is read with the code %s', (code) => {
    expect(read(header, `MSA|${code}|740445DF46472B44886F`)).toEqual({
      code,
      controlId: '740445DF46472B44886F',
      detail: '',
    });
  });

  it('says what is wrong and where', () => {
    const { detail } = read(
      header,
      'MSA|AE|1|see the errors',
      'ERR||PID^1^3|101^required^HL70357|E|||Identifier unknown|Ask the help desk',
      'ERR|||Z1^local trouble^L',
    );
    expect(detail).toBe(
      '101 required field missing at PID-1-3; Identifier unknown; Ask the help desk; local trouble; see the errors',
    );
  });

  it('takes other separators from the header of the answer', () => {
    expect(read('MSH$*~\\&$RIS', 'MSA$AE$1$no', 'ERR$$PID*1$204').detail).toBe(
      '204 unknown key identifier at PID-1; no',
    );
  });

  it('keeps nothing of the patient', () => {
    const { detail } = read(
      header,
      'MSA|AR|1|Patient YAMADA Tarou (山田, ID PID-77, born 1958-01-02, 02.01.1958) not found',
      'ERR||PID^1^5&Yamada|204^unknown Yamada|E|||accession ACC1 of 12345678',
      'ERR|||Z9^no 太郎 here^L',
    );
    expect(detail).not.toMatch(/yamada|tarou|山田|太郎|pid-77|1958|acc1|12345678/i);
    expect(detail).toContain('not found');
    expect(detail).toContain('204 unknown key identifier');
  });

  it('strikes out a name of one ideograph, and no single letter', () => {
    const named = { ...sent, text: 'PID|1||P||Q^Wang~王^小' };
    const answer = Buffer.from(`${header}\rMSA|AE|1|Query: P is Q Wang, 王 小`);
    expect(readAcknowledgement(answer, named).detail).toBe('Query: P is Q …, … …');
  });

  it('is one bounded line', () => {
    const { detail } = read(header, `MSA|AE|1|a\tb${'x'.repeat(500)}`);
    expect(detail).toHaveLength(200);
    expect(detail).toMatch(/^a bx+…$/);
  });

  it.each([
    ['nothing', ''],
    ['no header', 'MSA|AA|1'],
    ['no MSA', header],
    ['another code', `${header}\rMSA|OK|1`],
    ['words', 'accepted'],
  ])('is not %s', (_, text) => {
    expect(() => read(text)).toThrow(UnreadableAcknowledgement);
  });
});
