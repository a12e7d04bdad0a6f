import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const programs = [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const flags = [
  "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
  "--disable-dev-shm-usage", "--disable-background-timer-throttling", "--disable-renderer-backgrounding", "--disable-backgrounding-occluded-windows",
  "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream", "--autoplay-policy=no-user-gesture-required", "--auto-select-desktop-capture-source=Entire screen",
  "--auto-accept-this-tab-capture", "--disable-features=WebRtcHideLocalIpsWithMdns,GetDisplayMediaRequiresUserActivation", "--allow-loopback-in-peer-connection",
  "--window-size=700,560",
];

/** A headless Chromium with a profile of its own that is gone afterwards. */
export class Chromium {
  static open(url, log) {
    const program = programs.find((path) => path && existsSync(path));
    if (program === undefined) throw new Error("there is no Chromium (Debian package chromium)");
    const browser = new Chromium();
    browser.profile = mkdtempSync(join(tmpdir(), "chromium-"));
    browser.process = spawn(program, [...flags, `--user-data-dir=${browser.profile}`, url], { stdio: ["ignore", "ignore", "pipe"], detached: false });
    // However this process ends, the browser does not stay.
    process.once("exit", () => browser.process.kill("SIGKILL"));
    browser.ended = new Promise((resolve) => browser.process.once("close", resolve));
    browser.process.stderr.setEncoding("utf8").on("data", (text) => log(`chromium: ${text.trim().slice(0, 500)}`));
    return browser;
  }

  async close() {
    this.process.kill("SIGTERM");
    const forced = setTimeout(() => this.process.kill("SIGKILL"), 5000);
    await this.ended;
    clearTimeout(forced);
    rmSync(this.profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}
