import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Call {
  method: string;
  url: string;
  /** Of the header `authorization`, empty where there was none. */
  authorization: string;
  body: string;
}

/** A platform's API on loopback: keeps what it was asked, and answers by path. */
export class LocalPlatform {
  readonly calls: Call[] = [];
  origin = '';
  readonly #server: Server;

  constructor(answer: (call: Call, origin: string) => unknown) {
    this.#server = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const { method = '', url = '', headers } = request;
      const call = { method, url, authorization: headers.authorization ?? '', body: Buffer.concat(chunks).toString() };
      this.calls.push(call);
      const answered = answer(call, this.origin);
      if (typeof answered === 'number') response.writeHead(answered, { location: '/elsewhere' }).end();
      else response.end(Buffer.isBuffer(answered) ? answered : JSON.stringify(answered));
    });
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    this.origin = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
