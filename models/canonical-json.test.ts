import { describe, expect, it } from 'vitest';
import { canonicalJson, indentedJson } from './canonical-json.ts';

const value = { b: [1, { d: null, c: 'ä"' }], a: undefined, A: true };

describe('canonical JSON', () => {
  it('spells the same content in one way', () => {
    const spelled = canonicalJson(value);
    expect(spelled).toBe('{"A":true,"b":[1,{"c":"ä\\"","d":null}]}');
    expect(canonicalJson(JSON.parse(spelled))).toBe(spelled);
  });

  it('orders keys that are numbers as text too', () => {
    expect(canonicalJson({ 9: 1, 10: 1, '0a': 1 })).toBe('{"0a":1,"10":1,"9":1}');
  });

  it('is indented for people, with a line end', () => {
    expect(indentedJson({ b: [{ d: null, c: 'ä"' }], a: undefined, A: {} })).toBe(
      '{\n  "A": {},\n  "b": [\n    {\n      "c": "ä\\"",\n      "d": null\n    }\n  ]\n}\n',
    );
    expect(indentedJson({ '0a': 1, 10: 1, 9: 1 })).toBe('{\n  "9": 1,\n  "10": 1,\n  "0a": 1\n}\n');
  });
});
