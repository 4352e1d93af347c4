package io.diskformat.cli;

import java.io.IOException;
import java.io.InputStream;

/** The verb {@code fish}. */
final class FishVerb extends ImageVerb {
  private static final String PROMPT = "><fs> ";

  private final Argument images =
      options("IMAGE", "An image. Several are the disks of one guest.", "-a", "--add");
  private final MountOptions mounts = new MountOptions(this);
  private final Argument script =
      option(
          "FILE", "Where the commands are. The standard input if there are none.", "-f", "--file");
  private final Argument readOnly = flag("Change nothing.", "-r", "--ro");
  private final Argument writable =
      flag("Change what commands change, as without this option.", "-w", "--rw");
  private final Argument echo = flag("Show each command before it is run.", "-x");
  private final Argument commands =
      furtherParameters("COMMAND", "A command and its arguments; after a colon, another one.");

  private final String editor;

  FishVerb() {
    this(HostEditor.command());
  }

  /**
   * Creates the verb.
   *
   * @param editor the command of the editor that {@code edit} starts
   */
  FishVerb(String editor) {
    super(
        "fish",
        "Runs commands of guestfish on the disks of a guest: add, run, list-filesystems, mount,"
            + " cat, ls, write, edit, rm, copy-in and others, of which the command help lists all.",
        "--format");
    this.editor = editor;
    synopsis("[--] [COMMAND [ARGUMENT...] [: COMMAND...]...]");
    footer(
        "Changes are written together: at sync, umount, umount-all, shutdown, exit and the end. If"
            + " a command fails, what was changed since is dropped, and the exit status is 1; a"
            + " hyphen before a command lets the script go on. A file of the host that is -<<END is"
            + " what follows in the script, up to the line END. glob before a command runs it for"
            + " each file that its patterns match. Commands of the host and pipes to them are not"
            + " run, except that edit and vi start the editor that EDITOR names.");
  }

  @Override
  int run(Terminal terminal) throws IOException {
    if (readOnly.isGiven() && writable.isGiven()) {
      throw new IllegalArgumentException("--ro and --rw exclude each other");
    }
    try (GuestSession session =
        new GuestSession(
            (image, writing) -> GuestChangeVerb.open(this, terminal, image, writing))) {
      for (String name : images.values()) {
        session.add(new GuestSession.Added(name, format(), readOnly.isGiven()));
      }
      if (mounts.areGiven()) {
        for (var place : mounts.places(session.disk()).entrySet()) {
          session.mount(place.getValue(), place.getKey(), readOnly.isGiven());
        }
      }
      Fish fish = new Fish(terminal, session, editor);
      FishRunner runner = new FishRunner(fish);
      if (commands.isGiven()) {
        for (FishLine line : FishLine.ofWords(commands.values())) {
          run(fish, runner, line);
        }
      } else if (script.isGiven()) {
        try (InputStream in = HostFiles.open(script.required())) {
          read(in, fish, runner, false);
        }
      } else {
        read(System.in, fish, runner, terminal.isInteractive());
      }
      session.commit();
      return 0;
    }
  }

  private void run(Fish fish, FishRunner runner, FishLine line) throws IOException {
    if (fish.hasEnded()) {
      return;
    }
    if (echo.isGiven() && !line.words().isEmpty()) {
      fish.terminal().line(Terminal.printable(String.join(" ", line.words())));
    }
    boolean done = false;
    try {
      runner.run(line);
      done = true;
    } finally {
      if (!done && runner.hasChanges()) {
        fish.terminal().error("what was changed since the last sync is dropped");
      }
    }
  }

  /** Runs the lines of a script, or what a person types, who may go on after a failure. */
  private void read(InputStream in, Fish fish, FishRunner runner, boolean interactive)
      throws IOException {
    FishScript lines = new FishScript(in);
    while (!fish.hasEnded()) {
      if (interactive) {
        fish.terminal().print(PROMPT);
        fish.terminal().flush();
      }
      String text = lines.next();
      if (text == null) {
        return;
      }
      int number = lines.number();
      try {
        FishLine line = FishLine.of(text);
        fish.document(line.marker().isEmpty() ? null : lines.document(line.marker()));
        if (interactive) {
          runner.run(line);
        } else {
          run(fish, runner, line);
        }
      } catch (Terminal.ClosedException e) {
        throw e;
      } catch (IOException | IllegalArgumentException e) {
        if (!interactive) {
          throw new IOException("line " + number + ": " + Problems.sentence(e), e);
        }
        fish.terminal().error(Problems.sentence(e));
      }
    }
  }
}
