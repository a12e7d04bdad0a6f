import { codes, RecordingError } from "./errors.js";

const screenPrefix = "sharescreen_";
const optional = ["record_audio", "record_video", "record_screenshare", "record_audio_only"];

/** The participant behind a peer id: a screenshare's peer has its sharer's roles. */
export function normalizePeerId(peerId) {
  return peerId.startsWith(screenPrefix) ? peerId.slice(screenPrefix.length) : peerId;
}

/**
 * The room policy as the wire has it.
 * @param {string | object | null | undefined} policy the plan's policy (`features.recording`, `roles`) as JSON or object, or the wire's fields themselves
 * @returns {object | null} null where there is no policy
 */
export function wirePolicy(policy) {
  if (policy === null || policy === undefined || policy === "") return null;
  if (typeof policy === "string") {
    try {
      return wirePolicy(JSON.parse(policy));
    } catch (error) {
      throw new RecordingError(codes.protocolViolation, `the room policy is no JSON: ${error.message}`);
    }
  }
  const isPlan = policy.features !== undefined || policy.roles !== undefined;
  const recording = isPlan ? policy.features?.recording ?? {} : policy;
  const roles = isPlan ? policy.roles ?? {} : policy;
  const wire = {
    // Only `enabled: true` enables (plan, check 1).
    enabled: recording.enabled === true,
    who_can_record: recording.who_can_record ?? "host",
    who_can_download: recording.who_can_download ?? "",
    auto_record: recording.auto_record === true,
    notify_participants: recording.notify_participants === true,
    retention_days: recording.retention_days ?? 0,
    host_id: roles.host_id ?? "",
    co_host_ids: [...(roles.co_host_ids ?? [])],
    panelist_ids: [...(roles.panelist_ids ?? [])],
    // Names that nobody knows are the recorder's to leave out and to say; what is no list of names must not forbid the recording.
    outputs: Array.isArray(recording.outputs) ? recording.outputs.filter((name) => typeof name === "string") : [],
  };
  for (const name of optional) {
    if (typeof recording[name] === "boolean") wire[name] = recording[name];
  }
  return wire;
}

/**
 * Throws unless this participant may start a recording (plan, section 4.4). A room without a policy may be recorded by its host.
 * @param {object | null} policy as the wire has it
 * @param {string} peerId
 * @param {{isHost?: boolean, isCoHost?: boolean, isPanelist?: boolean}} peer roles that the SFU itself knows
 * @param {string} hostId of the room
 */
export function checkMayRecord(policy, peerId, peer = {}, hostId = "") {
  if (policy !== null && !policy.enabled) throw new RecordingError(codes.recordingDisabled, "Recording is disabled for this room");
  const id = normalizePeerId(peerId);
  const isHost = peer.isHost === true || id === (policy?.host_id || hostId);
  const isCoHost = isHost || peer.isCoHost === true || (policy?.co_host_ids ?? []).includes(id);
  const isPanelist = isCoHost || peer.isPanelist === true || (policy?.panelist_ids ?? []).includes(id);
  const may = { co_host: isCoHost, panelist: isPanelist, all: true }[policy?.who_can_record] ?? isHost;
  if (!may) throw new RecordingError(codes.notAuthorized, `${peerId} is not authorized to start recording`);
}
