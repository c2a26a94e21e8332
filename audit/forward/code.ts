/** A coded value: CSD of PS3.15 A.5. */
export interface Code {
  code: string;
  /** Code system by the name that the XML uses. */
  system: 'DCM' | 'RFC-3881' | '99SCANSIDE';
  meaning: string;
}

/** Meanings of the codes of PS3.16 CID 400 to 405 that the catalogue of events uses. */
const meanings: Record<string, string> = {
  '110100': 'Application Activity',
  '110101': 'Audit Log Used',
  '110102': 'Begin Transferring DICOM Instances',
  '110103': 'DICOM Instances Accessed',
  '110104': 'DICOM Instances Transferred',
  '110105': 'DICOM Study Deleted',
  '110106': 'Export',
  '110107': 'Import',
  '110108': 'Network Entry',
  '110109': 'Order Record',
  '110110': 'Patient Record',
  '110111': 'Procedure Record',
  '110112': 'Query',
  '110113': 'Security Alert',
  '110114': 'User Authentication',
  '110120': 'Application Start',
  '110121': 'Application Stop',
  '110122': 'Login',
  '110123': 'Logout',
  '110126': 'Node Authentication',
  '110127': 'Emergency Override Started',
  '110128': 'Network Configuration',
  '110129': 'Security Configuration',
  '110130': 'Hardware Configuration',
  '110131': 'Software Configuration',
  '110132': 'Use of Restricted Function',
  '110133': 'Audit Recording Stopped',
  '110134': 'Audit Recording Started',
  '110135': 'Object Security Attributes Changed',
  '110136': 'Security Roles Changed',
  '110137': 'User Security Attributes Changed',
  '110138': 'Emergency Override Stopped',
  '110139': 'Remote Service Operation Started',
  '110140': 'Remote Service Operation Stopped',
  '110141': 'Local Service Operation Started',
  '110142': 'Local Service Operation Stopped',
  '110150': 'Application',
  '110152': 'Destination Role ID',
  '110153': 'Source Role ID',
  '110180': 'Study Instance UID',
};

/** A code of the catalogue: DICOM's, or one of our own where DICOM has none. */
export function codeOf(code: string): Code {
  const meaning = meanings[code];
  return meaning ? { code, system: 'DCM', meaning } : ownCode(code, ownMeanings[code] ?? code);
}

const ownMeanings: Record<string, string> = { AI1: 'AI Inference' };

export function ownCode(code: string, meaning: string): Code {
  return { code, system: '99SCANSIDE', meaning };
}

export function rfc3881(code: string, meaning: string): Code {
  return { code, system: 'RFC-3881', meaning };
}
