// A bot: comes in by a link and answers. Run: npx tsx examples/bot.ts <folder> <link> [certificate]
import { connect } from '@sotto/client/node';

const [folder = './echo', link, certificate] = process.argv.slice(2);
const sotto = await connect({ folder, link, certificate, name: 'Echo' });
sotto.onMessage(message => message.reply(`You said: ${message.text}`));
console.log('Echo is inside.');
