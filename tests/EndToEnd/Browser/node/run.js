// node run.js SCENARIO RECORDER_PORT LEDGER_FILE: plays a scenario; standard output is one JSON line an event. Ends with 0 when it was played to its end and everything is stored.
import { scenarios } from "./scenarios.js";
import { Stage } from "./stage.js";

const [name, recorderPort, ledger] = process.argv.slice(2);
const scenario = scenarios[name];
if (scenario === undefined || !ledger) {
  console.error(`usage: node run.js ${Object.keys(scenarios).join("|")} RECORDER_PORT LEDGER_FILE`);
  process.exit(2);
}
const policy = { enabled: true, who_can_record: "host", who_can_download: "all", auto_record: true, host_id: scenario.peers[0] };
let stage;
let exitCode = 1;
try {
  stage = await Stage.open({ recorderPort: Number(recorderPort), ledger, roomId: name, policy, peers: scenario.peers, sfu: scenario.sfu });
  await scenario.play(stage);
  await stage.finish();
  exitCode = 0;
} catch (error) {
  console.error(error);
}
await stage?.close();
process.exit(exitCode);
