// A backend in encrypted conversations: people with an account write to it by its handle, and it answers from what it
// knows. It receives, decrypts and answers on its own machine; the relay in between sees ciphertext only.
//
// Run: npx tsx examples/backend.ts <folder> <relay> <handle> [certificate]
// The account's password comes from the environment (SHOP_PASSWORD), the folder's passphrase too (SHOP_PASSPHRASE).
import { connect, type Message, SottoError } from '@sotto/client/node';

const [folder = './shop', relay, handle = 'shop', certificate] = process.argv.slice(2);
const { SHOP_PASSWORD: password = '', SHOP_PASSPHRASE: passphrase } = process.env;

const sotto = await connect({ folder, relay, certificate, passphrase });
if (sotto.state.account === undefined) {
  // The first start in this folder: this device becomes one of the account's.
  await sotto.signIn({ handle, password, deviceName: 'Backend' });
}

const orders = new Map([
  ['1042', 'is on its way'],
  ['1043', 'waits for its payment'],
]);

function answer({ text }: Message): string {
  const [number] = /\d{4}/.exec(text) ?? [];
  if (number === undefined) return 'Which order is it? Its number has four digits.';
  return `Order ${number} ${orders.get(number) ?? 'is not known here'}.`;
}

// Strangers may write: until a request is accepted, nothing goes back to them.
sotto.onRequest(conversation => conversation.accept());

sotto.onMessage(
  async message => {
    const sent = await message.reply(answer(message));
    // The question counts as read once the relay has the answer: a crash before that answers it at the next start.
    await sent.reached('sent');
  },
  {
    onError(error) {
      console.error(error instanceof SottoError ? `${error.code}: ${error.message}` : error);
      process.exitCode = 1;
      void sotto.close();
    },
  },
);

process.once('SIGTERM', () => void sotto.close());
console.log(`@${handle} answers.`);
