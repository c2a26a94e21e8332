/** How the site wants its panel; `runtime/panel-config.ts` reads it from the configuration. */
export interface PanelSettings {
  /** Language of a browser that asks for none of ours. */
  language: Language;
  /** Seconds without a touch after which names are masked. */
  privacyMaskSeconds: number;
  /**
   * Seconds that a technologist is told of a flag after the PACS has acknowledged it, under `triage-notify`. Other
   * readers and other profiles are told at once.
   */
  technologistNoticeDelaySeconds: number;
  /** Minutes without a request, and hours in all, after which a session ends. */
  sessionIdleMinutes: number;
  sessionHours: number;
}

export const languages = ['en', 'de', 'es', 'ja'] as const;

export type Language = (typeof languages)[number];

export const defaultSettings: PanelSettings = {
  language: 'en',
  privacyMaskSeconds: 60,
  technologistNoticeDelaySeconds: 0,
  sessionIdleMinutes: 240,
  sessionHours: 12,
};
