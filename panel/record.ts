import type { Actor } from './role.ts';
import type { PresentationProfile } from './source.ts';

/** What the panel asks to be written to the audit log: who was shown what, who came and who was sent away. */
export type PanelRecord =
  /** An outcome was on this person's screen. Once for each person and outcome. */
  | {
      kind: 'shown';
      actor: Actor;
      examId: string;
      outcome: string;
      profile: PresentationProfile | undefined;
    }
  | { kind: 'opened'; actor: Actor; examId: string }
  /** `heldMs`: how long it was on the screen, milliseconds. */
  | { kind: 'heatmap'; actor: Actor; examId: string; finding: string; heldMs: number }
  | { kind: 'signed-in'; actor: Actor }
  /** `reason`: asked-for, expired, switched, removed. */
  | { kind: 'signed-out'; actor: Actor; reason: string }
  /** `user` is a known account's name or empty; never what somebody typed. */
  | { kind: 'sign-in-failed'; user: string; address: string; reason: string }
  /** A request was refused: no session, role, origin, rate, form. `item`: which route. */
  | {
      kind: 'refused';
      user: string;
      role: string;
      address: string;
      reason: string;
      item: string;
    }
  /** `item`: created, role, secret, badge, removed, unlocked. */
  | { kind: 'user-changed'; actor: Actor; user: string; item: string };
