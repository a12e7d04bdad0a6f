// Bad networks in user space: a UDP relay between browser and SFU, and a TCP proxy between SFU and recorder.
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { connect, createServer } from "node:net";

const isRtp = (data) => data[0] >= 128 && data[0] < 192 && (data[1] < 192 || data[1] > 223);

/** Stands before one UDP port of the SFU; drops RTP on its way to the SFU as it is told. */
export class UdpRelay {
  #towardsSfu = new Map();
  dropped = 0;
  loss = 0;
  burstUntil = 0;

  /** @param {number} port the SFU's port on 127.0.0.1 @param {() => number} random 0..1 */
  static async before(port, random) {
    const relay = new UdpRelay();
    relay.random = random;
    relay.target = port;
    relay.socket = createSocket("udp4");
    relay.socket.on("message", (data, from) => relay.#onBrowser(data, from));
    relay.socket.bind(0, "127.0.0.1");
    await once(relay.socket, "listening");
    relay.port = relay.socket.address().port;
    return relay;
  }

  close() {
    this.socket.close();
    for (const socket of this.#towardsSfu.values()) socket.close();
  }

  #onBrowser(data, from) {
    if (isRtp(data) && (Date.now() < this.burstUntil || this.random() < this.loss)) {
      this.dropped++;
      return;
    }
    const key = `${from.address}:${from.port}`;
    let socket = this.#towardsSfu.get(key);
    if (socket === undefined) {
      // A socket of its own for each browser's port: the SFU's answers find their way back.
      socket = createSocket("udp4");
      socket.on("message", (answer) => this.socket.send(answer, from.port, from.address));
      socket.on("error", () => {});
      this.#towardsSfu.set(key, socket);
    }
    socket.send(data, this.target, "127.0.0.1");
  }
}

/** Stands before the recorder; can be cut: connections are reset and new ones refused. */
export class TcpProxy {
  #sockets = new Set();
  isCut = false;

  static async before(port) {
    const proxy = new TcpProxy();
    proxy.server = createServer((socket) => proxy.#onConnection(socket, port));
    proxy.server.listen(0, "127.0.0.1");
    await once(proxy.server, "listening");
    proxy.port = proxy.server.address().port;
    return proxy;
  }

  cut() {
    this.isCut = true;
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  mend() {
    this.isCut = false;
  }

  close() {
    this.server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #onConnection(socket, port) {
    if (this.isCut) {
      socket.resetAndDestroy();
      return;
    }
    const upstream = connect(port, "127.0.0.1");
    for (const [one, other] of [[socket, upstream], [upstream, socket]]) {
      this.#sockets.add(one);
      one.setNoDelay(true);
      one.pipe(other);
      one.on("error", () => other.destroy());
      one.on("close", () => {
        this.#sockets.delete(one);
        other.destroy();
      });
    }
  }
}
