// Brings browsers, the SFU and the recorder's package together, and gives a scenario words to act with.
import { createServer } from "node:http";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createRecordingServer } from "@brollyhub/recording-sfu";
import { Chromium } from "./chromium.js";
import { JanusSfu } from "./janus-sfu.js";
import { Ledger } from "./ledger.js";
import { TcpProxy } from "./network.js";
import { WeriftSfu } from "./werift-sfu.js";

const patienceMs = 60_000;
const pages = Object.fromEntries([["publisher.html", "text/html"], ["source.js", "text/javascript"]].map(([name, type]) => [`/${name}`, { type, text: readFileSync(new URL(name, import.meta.url)) }]));
const log = (text) => console.error(`${new Date().toISOString()} ${text}`);

/** A repeatable stream of numbers 0..1. */
function numbers(seed) {
  return () => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return seed / 2 ** 32;
  };
}

export class Stage {
  #commands = new Map();
  #waiting = new Map();
  #nextCommand = 1;

  /** @param {{recorderPort: number, ledger: string, roomId: string, policy: object}} options */
  static async open({ recorderPort, ledger, roomId, policy, peers, sfu = "werift" }) {
    const stage = new Stage();
    stage.ledger = new Ledger(ledger);
    stage.proxy = await TcpProxy.before(recorderPort);
    stage.sfu = new { werift: WeriftSfu, janus: JanusSfu }[sfu]({ ledger: stage.ledger, random: numbers(7), log });
    await stage.sfu.start?.();
    stage.recording = await createRecordingServer({ dial: `127.0.0.1:${stage.proxy.port}`, sfuId: sfu, logger: { info: log, warn: log, error: log } });
    stage.room = stage.recording.roomCreated({ roomId, roomName: roomId, policy });
    stage.http = createServer((request, response) => stage.#serve(request, response).catch((error) => {
      log(`${request.url}: ${error.stack}`);
      response.writeHead(500).end(error.message);
    }));
    stage.http.listen(0, "127.0.0.1");
    await once(stage.http, "listening");
    stage.peers = peers;
    stage.browser = Chromium.open(`http://127.0.0.1:${stage.http.address().port}/`, log);
    return stage;
  }

  /** One line of JSON for the test: what was done, and when on the SFU's clock. */
  tell(event, values = {}) {
    console.log(JSON.stringify({ event, at_us: this.recording.now(), ...values }));
  }

  wait(ms) {
    return new Promise((resolve) => setTimeout(resolve, ms));
  }

  async until(what, condition) {
    const until = Date.now() + patienceMs;
    while (!condition()) {
      if (Date.now() > until) throw new Error(`not within ${patienceMs / 1000} s: ${what}`);
      await this.wait(20);
    }
  }

  /** A participant comes; it publishes when told to. */
  async join(peerId) {
    await this.until(`${peerId}'s page is there`, () => this.#commands.has(peerId));
    this.room.peerJoined({ peerId, displayName: peerId });
    this.tell("joined", { peer: peerId });
  }

  /** Tells a page what to do and waits until it has. */
  async command(peerId, name, values = {}) {
    await this.until(`${peerId}'s page is there`, () => this.#commands.has(peerId));
    const id = this.#nextCommand++;
    const done = new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${peerId} did not ${name} within ${patienceMs / 1000} s`)), patienceMs);
      this.#waiting.set(id, { resolve: () => { clearTimeout(timer); resolve(); }, reject });
    });
    this.#commands.get(peerId).write(`data: ${JSON.stringify({ id, name, ...values })}\n\n`);
    await done;
  }

  /** Publishes a source and waits until its packets are recorded. */
  async publish(peerId, source, values) {
    await this.command(peerId, source, values);
    await this.recorded(peerId, source);
    this.tell("published", { peer: peerId, source });
  }

  async recorded(peerId, source) {
    await this.until(`${peerId}'s ${source} is recorded`, () => {
      const publication = this.sfu.of(peerId, source);
      return publication?.producers.length > 0 && publication.producers.every(({ recorded }) => recorded.isRecorded);
    });
  }

  /** Mute or unmute as an SFU's client does. This SFU does not number packets anew: nothing may be under way while its producer is paused. */
  async setMuted(peerId, kind, muted) {
    const producer = this.sfu.of(peerId, "camera").producers.find((candidate) => candidate.kind === kind).recorded;
    if (muted) {
      await this.command(peerId, "mute", { kind });
      await this.wait(200);
      producer.pause();
    } else {
      producer.resume();
      await this.command(peerId, "unmute", { kind });
    }
    this.tell(muted ? "muted" : "unmuted", { peer: peerId, kind });
  }

  /** The page is loaded again: new SSRCs, the same participant. */
  async reload(peerId, values) {
    this.#commands.get(peerId).write(`data: ${JSON.stringify({ id: 0, name: "reload" })}\n\n`);
    this.#commands.delete(peerId);
    await this.sfu.close(this.sfu.of(peerId, "camera"));
    this.tell("reloaded", { peer: peerId });
    await this.publish(peerId, "camera", values);
  }

  /** Makes the network between a browser and the SFU bad. */
  impair(peerId, { loss, burstMs = 0 }) {
    const { relay, producers } = this.sfu.of(peerId);
    relay.loss = loss;
    relay.burstUntil = Date.now() + burstMs;
    // An SFU counts what it misses and scores its producers by it.
    for (const { recorded, ssrcs } of producers) recorded.quality({ scores: [...ssrcs].map((ssrc) => ({ ssrc, score: loss > 0 ? 6 : 10 })) });
    this.tell("impaired", { peer: peerId, loss, burst_ms: burstMs });
  }

  async leave(peerId) {
    for (let publication = this.sfu.of(peerId); publication; publication = this.sfu.of(peerId)) await this.sfu.close(publication);
    this.room.peerLeft(peerId);
    this.tell("left", { peer: peerId });
  }

  /** The room ends; waits until the recorder has everything. */
  async finish() {
    for (const peerId of [...this.room.peers.keys()]) await this.leave(peerId);
    this.room.close("ended");
    this.tell("closed");
    await this.until("everything is acknowledged", () => this.recording.stats().ringBytes === 0 && this.room.eventsWaiting === 0);
    this.tell("stats", { ...this.recording.stats(), unknown: this.sfu.unknownPackets, dropped_by_network: this.sfu.droppedByNetwork, ledger: this.ledger.count });
  }

  async close() {
    await this.browser?.close();
    await this.sfu.closeAll();
    await this.recording.close({ drainMs: 2000 });
    this.ledger.close();
    this.proxy.close();
    this.http.close();
    this.http.closeAllConnections();
  }

  async #serve(request, response) {
    const url = new URL(request.url, "http://127.0.0.1");
    if (url.pathname === "/") {
      // All participants in one visible page: nothing of it is throttled.
      const frames = this.peers.map((peer) => `<iframe src="/publisher.html?peer=${peer}" allow="camera; microphone; display-capture; autoplay" width="330" height="250"></iframe>`);
      response.setHeader("content-type", "text/html").end(`<!doctype html><title>stage</title>${frames.join("")}`);
    } else if (url.pathname in pages) {
      response.setHeader("content-type", pages[url.pathname].type).end(pages[url.pathname].text);
    } else if (url.pathname === "/commands") {
      response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
      response.flushHeaders();
      const peer = url.searchParams.get("peer");
      this.#commands.set(peer, response);
    } else if (url.pathname === "/said") {
      const said = JSON.parse(await body(request));
      log(`${said.peer}: ${JSON.stringify(said)}`);
      const waiting = this.#waiting.get(said.done);
      if (said.error) waiting?.reject(new Error(`${said.peer}: ${said.error}`));
      else waiting?.resolve();
      response.writeHead(204).end();
    } else if (url.pathname === "/publish") {
      const { peer, source, codec, sdp } = JSON.parse(await body(request));
      const { sdp: answer } = await this.sfu.publish(this.room, { peerId: peer, source, codec, sdp });
      response.setHeader("content-type", "application/json").end(JSON.stringify({ sdp: answer }));
    } else {
      response.writeHead(404).end();
    }
  }
}

async function body(request) {
  let text = "";
  for await (const chunk of request.setEncoding("utf8")) text += chunk;
  return text;
}
