// Janus (VideoRoom) as the SFU: browsers publish to it, it forwards their RTP to UDP ports of this bridge (rtp_forward), and the bridge feeds the recorder's package by its plain API.
// Janus forwards no sender reports: lip sync has to come from arrival times.
import { spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { randomUUID } from "node:crypto";
import { mediaOf } from "./sdp.js";

const program = "/usr/bin/janus";
const libraries = ["/usr/lib/janus", ...readdirSync("/usr/lib").map((name) => `/usr/lib/${name}/janus`)].find((folder) => existsSync(join(folder, "plugins")));
const roomNumber = 1234;
const startMs = 20_000;
const minimumRtp = 13;

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

/** The Janus program with a configuration of its own. */
class JanusServer {
  static async start(log) {
    const janus = new JanusServer();
    janus.folder = mkdtempSync(join(tmpdir(), "janus-"));
    const port = await freePort();
    janus.url = `http://127.0.0.1:${port}/janus`;
    const write = (name, text) => writeFileSync(join(janus.folder, name), text);
    mkdirSync(join(janus.folder, "none"));
    write("janus.jcfg", `general: { configs_folder = "${janus.folder}" plugins_folder = "${libraries}/plugins" transports_folder = "${libraries}/transports"
      events_folder = "${janus.folder}/none" loggers_folder = "${janus.folder}/none" debug_level = 4 }
      media: { rtp_port_range = "20000-40000" }
      nat: { ice_enforce_list = "lo" nice_debug = false ice_ignore_list = "" }
      plugins: { disable = "${readdirSync(`${libraries}/plugins`).filter((name) => name.endsWith(".so") && !name.includes("videoroom")).join(",")}" }
      transports: { disable = "${readdirSync(`${libraries}/transports`).filter((name) => name.endsWith(".so") && !name.includes("http")).join(",")}" }`);
    write("janus.transport.http.jcfg", `general: { json = "compact" base_path = "/janus" http = true port = ${port} ip = "127.0.0.1" https = false }\nadmin: { admin_http = false }`);
    write("janus.plugin.videoroom.jcfg", `room-${roomNumber}: { description = "room" publishers = 10 bitrate = 1500000 fir_freq = 0 audiocodec = "opus" videocodec = "vp8" }`);
    janus.process = spawn(program, ["-F", janus.folder, "-C", join(janus.folder, "janus.jcfg"), "--disable-colors"], { stdio: ["ignore", "pipe", "pipe"] });
    // However this process ends, Janus does not stay.
    process.once("exit", () => janus.process.kill("SIGKILL"));
    janus.ended = new Promise((resolve) => janus.process.once("close", resolve));
    for (const output of [janus.process.stdout, janus.process.stderr]) output.setEncoding("utf8").on("data", (text) => log(`janus: ${text.trim().slice(0, 400)}`));
    const until = Date.now() + startMs;
    while (!(await fetch(`${janus.url}/info`).then((answer) => answer.ok, () => false))) {
      if (Date.now() > until || janus.process.exitCode !== null) throw new Error("Janus did not start");
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    return janus;
  }

  async close() {
    this.process.kill("SIGTERM");
    const forced = setTimeout(() => this.process.kill("SIGKILL"), 5000);
    await this.ended;
    clearTimeout(forced);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A session with Janus: requests, and the events that answer them. */
class JanusSession {
  #waiting = new Map();
  #stopped = new AbortController();

  static async open(url) {
    const session = new JanusSession();
    session.url = `${url}/${(await session.#post(url, { janus: "create" })).data.id}`;
    session.polling = session.#poll();
    return session;
  }

  async attach() {
    const { data } = await this.#post(this.url, { janus: "attach", plugin: "janus.plugin.videoroom" });
    return data.id;
  }

  /** A message to the plugin; answers the plugin's event, or its direct answer. */
  async message(handle, body, jsep) {
    const transaction = randomUUID();
    const event = new Promise((resolve) => this.#waiting.set(transaction, resolve));
    const answer = await this.#post(`${this.url}/${handle}`, { janus: "message", body, ...(jsep ? { jsep } : {}), transaction });
    const { plugindata, jsep: answered } = answer.janus === "ack" ? await event : answer;
    this.#waiting.delete(transaction);
    if (plugindata.data.error) throw new Error(`Janus: ${plugindata.data.error}`);
    return { data: plugindata.data, jsep: answered };
  }

  close() {
    this.#stopped.abort();
    return this.polling;
  }

  async #post(url, request) {
    const answer = await (await fetch(url, { method: "POST", body: JSON.stringify({ transaction: randomUUID(), ...request }) })).json();
    if (answer.janus === "error") throw new Error(`Janus: ${answer.error.reason}`);
    return answer;
  }

  async #poll() {
    while (!this.#stopped.signal.aborted) {
      try {
        const event = await (await fetch(`${this.url}?maxev=1`, { signal: this.#stopped.signal })).json();
        this.#waiting.get(event.transaction)?.(event);
      } catch (error) {
        if (!this.#stopped.signal.aborted) throw error;
      }
    }
  }
}

/** The same to the stage as WeriftSfu. */
export class JanusSfu {
  publications = new Set();
  unknownPackets = 0;
  droppedByNetwork = 0;

  constructor({ ledger, log }) {
    this.ledger = ledger;
    this.log = log;
  }

  async start() {
    this.janus = await JanusServer.start(this.log);
    this.session = await JanusSession.open(this.janus.url);
  }

  async publish(room, { peerId, source, sdp }) {
    const handle = await this.session.attach();
    const { data: joined } = await this.session.message(handle, { request: "join", ptype: "publisher", room: roomNumber, display: peerId });
    const { data, jsep } = await this.session.message(handle, { request: "publish" }, { type: "offer", sdp });
    if (!jsep) throw new Error(`Janus answered no SDP: ${JSON.stringify(data)}`);
    const publication = { peerId, source, handle, producers: [], sockets: [] };
    const answered = mediaOf(jsep.sdp);
    const streams = [];
    for (const { mid, kind } of mediaOf(sdp)) {
      const producer = room.producerCreated({
        producerId: `${peerId}-${source}-${kind}`, peerId, kind,
        rtpParameters: { ...answered.find((section) => section.mid === mid).rtpParameters, encodings: [] },
        requestKeyframe: () => this.session.message(handle, { request: "configure", keyframe: true }),
      });
      const socket = createSocket("udp4");
      socket.on("message", (packet) => this.#onPacket(room, producer, packet));
      socket.bind(0, "127.0.0.1");
      await once(socket, "listening");
      publication.producers.push({ kind, recorded: producer, ssrcs: new Set() });
      publication.sockets.push(socket);
      streams.push({ mid, port: socket.address().port });
    }
    await this.session.message(handle, { request: "rtp_forward", room: roomNumber, publisher_id: joined.id, host: "127.0.0.1", host_family: "ipv4", streams });
    this.publications.add(publication);
    return { publication, sdp: jsep.sdp };
  }

  of(peerId, source) {
    return [...this.publications].find((publication) => publication.peerId === peerId && (source === undefined || publication.source === source));
  }

  async close(publication) {
    this.publications.delete(publication);
    await this.session.message(publication.handle, { request: "unpublish" });
    for (const { recorded } of publication.producers) recorded.close();
    for (const socket of publication.sockets) socket.close();
  }

  async closeAll() {
    for (const publication of [...this.publications]) await this.close(publication);
    await this.session?.close();
    await this.janus?.close();
  }

  #onPacket(room, producer, packet) {
    if (packet.length < minimumRtp) return;
    if (producer.isRecorded) this.ledger.add(room.roomId, producer.producerId, packet);
    producer.rtp(packet);
  }
}
