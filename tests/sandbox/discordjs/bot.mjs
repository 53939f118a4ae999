// A bot on discord.js: does what the lines on its standard input say and what people do to it, and tells of it in JSON
// lines on its standard output. Usage: node bot.mjs API_URL TOKEN
import { createInterface } from "node:readline";
import {
  ActionRowBuilder,
  ApplicationCommandOptionType,
  ApplicationCommandType,
  AttachmentBuilder,
  ButtonBuilder,
  ButtonStyle,
  ChannelType,
  Client,
  ContainerBuilder,
  EmbedBuilder,
  Events,
  GatewayIntentBits,
  MediaGalleryBuilder,
  MessageFlags,
  ModalBuilder,
  StringSelectMenuBuilder,
  TextInputBuilder,
  TextInputStyle,
} from "discord.js";

const [api, token] = process.argv.slice(2);
const { Guilds, GuildMessages, GuildMessageReactions, MessageContent } = GatewayIntentBits;
const client = new Client({ intents: [Guilds, GuildMessages, GuildMessageReactions, MessageContent], rest: { api } });

const tell = (what) => process.stdout.write(`${JSON.stringify(what)}\n`);
const fail = (error) => tell({ failed: String(error?.stack ?? error) });
process.on("unhandledRejection", fail);
client.on(Events.Error, fail);

const slash = {
  name: "do",
  description: "Do it",
  options: [
    { type: ApplicationCommandOptionType.Attachment, name: "image", description: "x" },
    { type: ApplicationCommandOptionType.Integer, name: "count", description: "x", max_value: 4 },
    { type: ApplicationCommandOptionType.String, name: "style", description: "x", autocomplete: true },
  ],
};
const menu = { name: "Look at this", type: ApplicationCommandType.Message };
const button = () => new ButtonBuilder().setCustomId("ask").setLabel("Ask").setEmoji("👍").setStyle(ButtonStyle.Primary);
const select = () =>
  new StringSelectMenuBuilder().setCustomId("menu").addOptions({ label: "Blue", value: "blue" }, { label: "Red", value: "red" });
const dialog = () => {
  const field = new TextInputBuilder().setCustomId("prompt").setLabel("Prompt").setStyle(TextInputStyle.Short);
  return new ModalBuilder().setCustomId("dialog").setTitle("What?").addComponents(new ActionRowBuilder().addComponents(field));
};
const picture = (bytes) => new AttachmentBuilder(Buffer.from(bytes, "base64"), { name: "a.png", description: "A picture" });

const orders = {
  async register() {
    const one = await client.application.commands.create({ name: "one", description: "x" });
    await client.application.commands.edit(one.id, { description: "y" });
    const all = await client.application.commands.fetch();
    await client.application.commands.delete(one.id);
    const local = await client.guilds.cache.first().commands.create({ name: "here", description: "x" });
    await local.delete();
    const bulk = await client.application.commands.set([slash, menu]);
    return { one: all.get(one.id).description, bulk: bulk.map((command) => command.name) };
  },
  async look({ channel }) {
    const place = await client.channels.fetch(channel, { force: true });
    const members = await place.guild.members.fetch();
    const [emojis, roles, threads] = await Promise.all([
      client.application.emojis.fetch(),
      place.guild.roles.fetch(),
      place.guild.channels.fetchActiveThreads(),
    ]);
    const me = await place.guild.members.fetchMe({ force: true });
    return {
      place: place.name,
      members: members.map((member) => member.user.username).sort(),
      emojis: emojis.size,
      roles: roles.size,
      threads: threads.threads.map((thread) => thread.name),
      me: me.user.username,
    };
  },
  async write({ channel, bytes }) {
    const place = await client.channels.fetch(channel);
    const embed = new EmbedBuilder().setTitle("A").setColor(0x112233).setImage("attachment://a.png").setTimestamp();
    const row = new ActionRowBuilder().addComponents(button());
    const message = await place.send({ content: "hi", embeds: [embed], components: [row], files: [picture(bytes)] });
    await message.edit({ content: "hi!", components: [new ActionRowBuilder().addComponents(select())] });
    const again = await place.messages.fetch({ message: message.id, force: true });
    const history = await place.messages.fetch({ limit: 5 });
    await message.reply("yes");
    return { id: message.id, content: again.content, history: history.size, image: again.embeds[0].image.url };
  },
  async layout({ channel, bytes }) {
    const place = await client.channels.fetch(channel);
    const gallery = new MediaGalleryBuilder().addItems({ media: { url: "attachment://a.png" } });
    const box = new ContainerBuilder().addTextDisplayComponents((text) => text.setContent("# Hi")).addMediaGalleryComponents(gallery);
    const message = await place.send({ components: [box], flags: MessageFlags.IsComponentsV2, files: [picture(bytes)] });
    return { attachments: message.attachments.size, kinds: message.components[0].components.map((part) => part.type) };
  },
  async poll({ channel }) {
    const place = await client.channels.fetch(channel);
    const poll = { question: { text: "Which?" }, answers: [{ text: "a" }, { text: "b" }], duration: 1, allowMultiselect: false };
    const message = await place.send({ poll });
    return { question: message.poll.question.text, answers: message.poll.answers.map((answer) => answer.text) };
  },
  async post({ channel }) {
    const forum = await client.channels.fetch(channel);
    const post = await forum.threads.create({ name: "A post", message: { content: "first" } });
    return { isForum: forum.type === ChannelType.GuildForum, name: post.name, parent: post.parentId === channel };
  },
  async clean({ channel, message }) {
    const place = await client.channels.fetch(channel);
    const found = await place.messages.fetch(message);
    const copy = await found.forward(place);
    await found.delete();
    const code = await place.messages.fetch({ message, force: true }).catch((error) => error.code);
    return { code, forwarded: copy.messageSnapshots.first().content };
  },
};

const answers = {
  async do(interaction) {
    const image = interaction.options.getAttachment("image");
    const bytes = await (await fetch(image.url)).arrayBuffer();
    const content = `${interaction.options.getInteger("count")} of ${image.width}`;
    await interaction.reply({ content, files: [picture(Buffer.from(bytes).toString("base64"))] });
  },
  async think(interaction) {
    await interaction.deferReply();
    await interaction.editReply("thought");
    await interaction.followUp({ content: "psst", flags: MessageFlags.Ephemeral });
  },
};

client.on(Events.InteractionCreate, async (interaction) => {
  try {
    if (interaction.isAutocomplete()) {
      await interaction.respond([{ name: `${interaction.options.getFocused()} by night`, value: "night" }]);
    } else if (interaction.isMessageContextMenuCommand()) {
      await interaction.reply(`saw ${interaction.targetMessage.content}`);
    } else if (interaction.isChatInputCommand()) {
      await answers[interaction.options.getAttachment("image") ? "do" : "think"](interaction);
    } else if (interaction.isButton()) {
      await interaction.showModal(dialog());
    } else if (interaction.isStringSelectMenu()) {
      await interaction.update({ content: interaction.values[0], components: [new ActionRowBuilder().addComponents(button())] });
    } else if (interaction.isModalSubmit()) {
      await interaction.update({ content: interaction.fields.getTextInputValue("prompt"), components: [] });
    }
  } catch (error) {
    fail(error);
  }
});
client.on(Events.MessageCreate, (message) => message.author.bot || tell({ heard: message.content }));
client.on(Events.MessageReactionAdd, (reaction, user) => tell({ reacted: reaction.emoji.name, by: user.id }));
client.once(Events.ClientReady, (ready) => tell({ ready: ready.user.username, guilds: ready.guilds.cache.map((guild) => guild.name) }));

createInterface({ input: process.stdin }).on("line", async (line) => {
  const { order, ...about } = JSON.parse(line);
  try {
    tell({ done: order, result: await orders[order](about) });
  } catch (error) {
    fail(error);
  }
}).on("close", () => client.destroy());

await client.login(token);
