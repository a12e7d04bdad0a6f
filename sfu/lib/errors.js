/** The protocol's error codes that an SFU gives or gets (docs/protocol.md). */
export const codes = Object.freeze({
  notRegistered: 1001,
  heartbeatLost: 1002,
  protocolViolation: 1003,
  badToken: 1004,
  fencedOut: 1006,
  unknownRoom: 2001,
  noSuchRecording: 2003,
  unknownProducer: 3001,
  malformedRtp: 3003,
  recordingDisabled: 5001,
  notAuthorized: 5002,
});

/** An error with the protocol's code. */
export class RecordingError extends Error {
  /**
   * @param {number} code one of `codes`, or the recorder's
   * @param {string} message
   */
  constructor(code, message) {
    super(message);
    this.name = "RecordingError";
    this.code = code;
  }
}
