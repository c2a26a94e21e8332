import { notAnalysedReasons } from '../../../models/outcome.ts';
import { seenIn } from '../assessment.ts';
import { withdrawalCodes } from '../withdrawal.ts';
import { qualityIssueCodes } from '../quality-issue.ts';
import type { ReportRequest } from '../request.ts';
import { concepts } from './concept.ts';
import { groupsOf } from './content-rules.ts';
import { type ContentNode, type ReportDocument, childrenOf, textOf, walk } from './document.ts';
import { type Rule, unless } from './rule.ts';

const present = '52101004 SCT';
const absent = '272519000 SCT';
const undetermined = '121059 DCM';

/** What a kind of result has to say, whatever the findings. */
interface Wording {
  /** CID 6047. */
  summary: string;
  completion: 'COMPLETE' | 'PARTIAL';
  /** Of a finding that is not flagged. */
  otherwise: string;
  /** CID 220; empty where none is to be said. */
  significance: string;
}

type Kind =
  | 'flagged'
  | 'flagged in part'
  | 'withdrawn'
  | 'withdrawn in part'
  | 'no flag'
  | 'open'
  | 'not analysed';

const highly = '371926006 SCT';

// prettier-ignore
const wordings: Record<Kind, Wording> = {
  flagged:           { summary: '111242 DCM', completion: 'COMPLETE', otherwise: absent,       significance: highly },
  'flagged in part': { summary: '111244 DCM', completion: 'PARTIAL',  otherwise: undetermined, significance: highly },
  withdrawn:         { summary: '111242 DCM', completion: 'COMPLETE', otherwise: undetermined, significance: '386135008 SCT' },
  'withdrawn in part': { summary: '111244 DCM', completion: 'PARTIAL', otherwise: undetermined, significance: '386135008 SCT' },
  'no flag':         { summary: '111241 DCM', completion: 'COMPLETE', otherwise: absent,       significance: '' },
  open:              { summary: '111241 DCM', completion: 'COMPLETE', otherwise: undetermined, significance: '386135008 SCT' },
  'not analysed':    { summary: '111245 DCM', completion: 'PARTIAL',  otherwise: undetermined, significance: '' },
};

const noNegative = 'Absence of a flag is not a negative result.';

export const conclusionRules: Rule[] = [
  {
    id: 'summary',
    must: 'there must be one CAD Processing and Findings Summary, that of the result',
    breaches: ({ document, request }) => {
      const found = walk(document.root)
        .filter(({ concept }) => concept === concepts.summary)
        .map(({ code }) => code)
        .join();
      return unless(found === wordingOf(request).summary, found || 'none', 'summary');
    },
  },
  {
    id: 'completion',
    must: 'CompletionFlag must say whether everything was analysed, and PARTIAL why not',
    breaches: ({ document: { header }, request }) => {
      const flag = textOf(header, 'CompletionFlag');
      const why = textOf(header, 'CompletionFlagDescription');
      const explained = flag === 'PARTIAL' ? why.length >= 1 && why.length <= 64 : why === '';
      const holds = flag === wordingOf(request).completion && explained;
      return unless(holds, flag || 'nothing', 'CompletionFlag');
    },
  },
  {
    id: 'presence',
    must: 'each finding of the model must be said once to be what the result says',
    breaches: ({ document, request }) => {
      const flagged = flaggedIn(request);
      return (request.manifest?.findings ?? []).flatMap(({ id, finding }) => {
        const concept = `${finding.value} ${finding.scheme}`;
        const found = said(document, concept);
        const expected =
          flagged.has(id) && !request.withdrawal ? present : wordingOf(request).otherwise;
        return unless(found === expected, `${concept}: ${found || 'nothing'}`, 'evaluations');
      });
    },
  },
  {
    id: 'flag-threshold',
    must: 'a finding must be flagged where its probability reaches the threshold, and only there',
    breaches: ({ document: { root }, request }) => {
      const [flagged, threshold] = [flaggedIn(request), thresholdsOf(request)];
      const seen = seenIn(request.conclusion)?.findings ?? [];
      const decided = seen.flatMap(({ finding, probability }) =>
        unless(
          flagged.has(finding) === probability >= (threshold.get(finding) ?? NaN),
          `${finding} ${probability}`,
          'result',
        ),
      );
      const written = groupsOf(root).flatMap((group) => {
        const { id, highest } = measuredIn(group);
        const reaches = highest > (threshold.get(id) ?? NaN) * 100;
        // Where several images make one probability, one of them alone may be above the threshold.
        const decides = request.manifest?.aggregation.by === 'highest';
        return unless(!decides || !reaches || flagged.has(id), `${id} ${highest}`, group.place);
      });
      return [...decided, ...written];
    },
  },
  {
    id: 'significance',
    must: 'only a flag, or what stays open, must have a significance',
    breaches: ({ document, request }) => {
      const found = said(document, concepts.significance);
      return unless(found === wordingOf(request).significance, found || 'none', 'evaluations');
    },
  },
  {
    id: 'recommendation',
    must: 'a flag that stands must have the category of its most urgent finding, and nothing else one',
    breaches: ({ document, request }) => {
      const found = said(document, concepts.recommendation);
      return unless(found === categoryOf(request), found || 'none', 'evaluations');
    },
  },
  {
    id: 'analyses',
    must: 'where nothing was analysed, and only there, it must be said whether it failed or was not attempted',
    breaches: ({ document, request }) => {
      const found = said(document, concepts.analyses);
      const expected = kindOf(request) === 'not analysed' ? ['111224 DCM', '111225 DCM'] : [''];
      return unless(expected.includes(found), found || 'none', 'evaluations');
    },
  },
  {
    id: 'labelling',
    must: 'the comment must have the fixed text of the labelling',
    breaches: ({ document, request: { manifest } }) => {
      const text = commentOf(document);
      const notice = manifest?.labelling.notice ?? 'Not reviewed by a physician.';
      return unless(text.includes(notice), text ? 'another text' : 'no comment', 'comment');
    },
  },
  {
    id: 'no-negative',
    must: 'a result without a flag must say that this is no negative result, and why where it is no answer',
    breaches: ({ document, request }) => {
      const text = commentOf(document);
      const { conclusion } = request;
      const why = conclusion.state === 'not-analysed' ? notAnalysedReasons[conclusion.reason] : '';
      const holds =
        (flaggedIn(request).size > 0 && !request.withdrawal) ||
        (text.includes(noNegative) && text.includes(why));
      return unless(holds, 'not said', 'comment');
    },
  },
  {
    id: 'quality-issue',
    must: 'a quality issue must be that of the result, and said only where the bundle may give hints',
    breaches: ({ document, request: { conclusion, manifest } }) => {
      const found = said(document, concepts.quality);
      const issue = conclusion.state === 'not-analysed' ? conclusion.quality : undefined;
      const code = issue && manifest?.show.qualityHint ? qualityIssueCodes[issue] : undefined;
      const expected = code ? `${code.value} ${code.scheme}` : '';
      return unless(found === expected, found || 'none', 'evaluations');
    },
  },
  {
    id: 'withdrawal',
    must: 'a flag that was taken back, and only that, must be said to be so, with the reason and the role of the person',
    breaches: ({ document, request }) => {
      const codes = request.withdrawal && withdrawalCodes(request.withdrawal);
      return (['intent', 'reason', 'role'] as const).flatMap((name) => {
        const code = codes?.[name];
        const found = said(document, concepts[name]);
        return unless(
          found === (code ? `${code.value} ${code.scheme}` : ''),
          found || 'none',
          'evaluations',
        );
      });
    },
  },
  {
    id: 'presentation',
    must: 'nothing must be shown that the presentation profile of the bundle does not allow',
    breaches: ({ document: { root }, request: { manifest } }) => {
      const { flag = true, localisation = false } = manifest?.show ?? {};
      return walk(root).flatMap((node) =>
        unless(
          (localisation || !isLocation(node)) && (flag || !isAnswer(node)),
          `${node.valueType} ${node.concept}`.trim(),
          node.place,
        ),
      );
    },
  },
];

function kindOf({ conclusion, withdrawal }: ReportRequest): Kind {
  if (withdrawal && conclusion.state === 'flagged')
    return conclusion.missed.length > 0 ? 'withdrawn in part' : 'withdrawn';
  if (conclusion.state === 'no-flag') return 'no flag';
  if (conclusion.state === 'not-analysed') return conclusion.seen ? 'open' : 'not analysed';
  return conclusion.missed.length > 0 ? 'flagged in part' : 'flagged';
}

function wordingOf(request: ReportRequest): Wording {
  return wordings[kindOf(request)];
}

function flaggedIn({ conclusion }: ReportRequest): Set<string> {
  if (conclusion.state !== 'flagged') return new Set();
  return new Set(
    conclusion.findings.filter(({ flagged }) => flagged).map(({ finding }) => finding),
  );
}

function thresholdsOf({ manifest }: ReportRequest): Map<string, number> {
  return new Map((manifest?.findings ?? []).map(({ id, threshold }) => [id, threshold]));
}

/** A finding and the highest probability that a group has of it; −1 where it has none. */
function measuredIn(group: ContentNode): { id: string; highest: number } {
  const numbers = childrenOf(group, concepts.probability)
    .filter((node) => childrenOf(node, concepts.derivation).length === 0)
    .map(({ number = -1 }) => number);
  return {
    id: childrenOf(group, concepts.trackingIdentifier)[0]?.text ?? '',
    highest: Math.max(-1, ...numbers),
  };
}

/** CID 7035 by the finding's category, each tier below the highest one category less urgent. */
function categoryOf({ manifest, conclusion, withdrawal }: ReportRequest): string {
  if (conclusion.state !== 'flagged' || withdrawal) return '';
  const categories = conclusion.findings
    .filter(({ flagged }) => flagged)
    .flatMap(({ finding, probability }) => {
      const declared = manifest?.findings.find(({ id }) => id === finding);
      if (!declared) return [];
      const name = declared.tiers?.find(({ from }) => from <= probability)?.name ?? 'high';
      return [declared.actionable + ['high', 'medium', 'low'].indexOf(name)];
    });
  return `RID${49_479 + Math.min(3, ...categories)} RADLEX`;
}

/** The values under a concept of the evaluations; empty where it is not there. */
function said({ root }: ReportDocument, concept: string): string {
  return childrenOf(root, concepts.evaluations)
    .flatMap((evaluations) => childrenOf(evaluations, concept))
    .map(({ code }) => code)
    .join();
}

function commentOf({ root }: ReportDocument): string {
  return childrenOf(root, concepts.evaluations)
    .flatMap((evaluations) => childrenOf(evaluations, concepts.comment))
    .map(({ text }) => text)
    .join(' ');
}

/** Coordinates, regions and segments: where in an image a model reacted. */
function isLocation({ valueType, concept }: ContentNode): boolean {
  return /COORD/.test(valueType) || ['121191 DCM', '111030 DCM', '130400 DCM'].includes(concept);
}

/** What a finding is said to be, and how urgent it is. */
function isAnswer({ concept, code }: ContentNode): boolean {
  return (
    [present, absent].includes(code) ||
    concept === concepts.significance ||
    concept === concepts.recommendation
  );
}
