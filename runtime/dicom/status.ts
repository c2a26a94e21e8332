/** DIMSE status codes that this implementation sends or acts on (PS3.7 annex C, PS3.4 B.2.3). */
export const status = {
  success: 0x0000,
  cancel: 0xfe00,
  invalidAttributeValue: 0x0106,
  attributeListError: 0x0107,
  processingFailure: 0x0110,
  duplicateSopInstance: 0x0111,
  noSuchSopInstance: 0x0112,
  invalidSopInstance: 0x0117,
  noSuchSopClass: 0x0118,
  missingAttribute: 0x0120,
  sopClassNotSupported: 0x0122,
  noSuchActionType: 0x0123,
  notAuthorized: 0x0124,
  duplicateInvocation: 0x0210,
  unrecognizedOperation: 0x0211,
  mistypedArgument: 0x0212,
  resourceLimitation: 0x0213,
  /** Refused: out of resources (C-STORE). */
  outOfResources: 0xa700,
  /** Error: data set does not match SOP class (C-STORE). */
  dataSetDoesNotMatchSopClass: 0xa900,
  /** Error: cannot understand (C-STORE). */
  cannotUnderstand: 0xc000,
  coercionOfDataElements: 0xb000,
  dataSetDoesNotMatchSopClassWarning: 0xb007,
  elementsDiscarded: 0xb006,
} as const;

/** Whether a C-STORE status says that the peer has the instance: success or a warning (PS3.7 C). */
export function isStored(code: number): boolean {
  return code === status.success || code === 0x0001 || (code & 0xf000) === 0xb000;
}
