import assert from "node:assert/strict";
import { test } from "node:test";
import { checkMayRecord, wirePolicy } from "../lib/policy.js";
import { encodeToRecording } from "../lib/wire.js";
import { parse } from "./support/recorder.js";

const plan = (recording = {}, roles = {}) => ({
  features: { recording: { enabled: true, who_can_record: "host", ...recording } },
  roles: { host_id: "hana", co_host_ids: ["cosmo"], panelist_ids: ["pan"], ...roles },
});

test("the plan's policy becomes the wire's, from JSON or object", () => {
  const expected = {
    enabled: true, who_can_record: "co_host", who_can_download: "all", auto_record: true, notify_participants: true, retention_days: 30,
    host_id: "hana", co_host_ids: ["cosmo"], panelist_ids: ["pan"], record_video: false, outputs: ["composite", "transcript"],
  };
  const policy = plan({ who_can_record: "co_host", who_can_download: "all", auto_record: true, notify_participants: true, retention_days: 30, record_video: false, outputs: ["composite", "transcript"] });
  assert.deepEqual(wirePolicy(policy), expected);
  assert.deepEqual(wirePolicy(JSON.stringify(policy)), expected);
  assert.deepEqual(wirePolicy(expected), expected);
  assert.equal(wirePolicy(null), null);
  assert.throws(() => wirePolicy("{"), { code: 1003 });
});

test("outputs cross the wire as they are named, and what is no list of names spoils nothing", () => {
  const onWire = (policy) => parse(encodeToRecording({ room_event: { room_id: "r", room_policy_updated: { policy: wirePolicy(policy) } } })).room_event.room_policy_updated.policy;
  assert.deepEqual(onWire(plan({ outputs: ["report", "of a later recorder"] })).outputs, ["report", "of a later recorder"]);
  for (const outputs of [undefined, null, "composite", 5, { composite: true }, [null, 7]]) {
    const policy = onWire(plan({ outputs }));
    assert.deepEqual([policy.enabled, policy.outputs], [true, []]);
  }
});

test("only enabled: true enables", () => {
  for (const enabled of [false, undefined, "true", 1]) {
    assert.throws(() => checkMayRecord(wirePolicy(plan({ enabled })), "hana"), { code: 5001, message: "Recording is disabled for this room" });
  }
});

for (const [who, may] of Object.entries({ host: ["hana"], co_host: ["hana", "cosmo"], panelist: ["hana", "cosmo", "pan"], all: ["hana", "cosmo", "pan", "eve"], nobody: ["hana"] })) {
  test(`who_can_record ${who}: ${may.join(", ")}`, () => {
    const policy = wirePolicy(plan({ who_can_record: who }));
    for (const peer of ["hana", "cosmo", "pan", "eve"]) {
      if (may.includes(peer)) checkMayRecord(policy, `sharescreen_${peer}`);
      else assert.throws(() => checkMayRecord(policy, peer), { code: 5002 });
    }
  });
}

test("roles that the SFU knows count, and a room without a policy is its host's", () => {
  checkMayRecord(wirePolicy(plan({ who_can_record: "panelist" })), "eve", { isPanelist: true });
  checkMayRecord(null, "hana", {}, "hana");
  assert.throws(() => checkMayRecord(null, "eve", {}, "hana"), { code: 5002 });
});
