import { describe, expect, it } from 'vitest';
import { certainty, device, everyOutcome } from '../tests/panel-source.ts';
import { deviceJson, examJson } from './json.ts';

describe('the API’s objects', () => {
  it('carry the view and nothing that a source hides beside it', () => {
    for (const view of everyOutcome()) {
      const hiding = { ...view, scores: [0.93], outcome: { ...view.outcome, probability: 0.93 } };
      expect(examJson(hiding)).toEqual(view);
      expect(certainty(JSON.stringify(examJson(hiding)))).toBeUndefined();
    }
    const hiding = { ...device(), key: 'secret' };
    expect(deviceJson(hiding)).toEqual(device());
  });
});
