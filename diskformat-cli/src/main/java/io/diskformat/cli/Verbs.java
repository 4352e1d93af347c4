package io.diskformat.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The verbs of the tool. Only the class of the verb that is asked for is loaded. */
final class Verbs {
  /** What each is for, in the order in which the help lists them. */
  private static final Map<String, String> SUMMARIES = new LinkedHashMap<>();

  static {
    SUMMARIES.put("info", "what an image says of itself");
    SUMMARIES.put("inspect", "whether an image is one to be taken from somebody not trusted");
    SUMMARIES.put("map", "where each part of the disk is stored");
    SUMMARIES.put("bench", "how long many reads or writes take");
    SUMMARIES.put("compare", "whether two images hold the same disk");
    SUMMARIES.put("convert", "copies a disk into a new image");
    SUMMARIES.put("create", "makes an empty image");
    SUMMARIES.put("measure", "how large a new image would be");
    SUMMARIES.put("dd", "copies a part of a disk");
    SUMMARIES.put("resize", "changes the size of a disk");
    SUMMARIES.put("snapshot", "lists, takes, applies or deletes the snapshots inside an image");
    SUMMARIES.put("bitmap", "changes the records of what was written to a disk");
    SUMMARIES.put("check", "whether an image and those below it are intact; repairs it");
    SUMMARIES.put("amend", "changes options that an image was created with");
    SUMMARIES.put("commit", "writes what an image holds to its backing file");
    SUMMARIES.put("rebase", "gives an image another backing file, or none");
    SUMMARIES.put("compact", "makes an image's file smaller in place");
    SUMMARIES.put("hash", "the checksum of the disk, the same whatever the image's format");
    SUMMARIES.put("manifest", "the checksums of all blocks of the disk");
    SUMMARIES.put("verify", "whether a disk is as in its manifest, and where it is not");
    SUMMARIES.put("iso", "reads the files of a disc, and makes a disc of files");
    SUMMARIES.put("serve", "an image service for the clients of OpenStack");
    SUMMARIES.put("inspector", "which operating system the disks of a guest have");
    SUMMARIES.put("filesystems", "what the disks of a guest hold");
    SUMMARIES.put("part-list", "where the partitions of a disk are");
    SUMMARIES.put("df", "how much of each file system of a guest is used");
    SUMMARIES.put("ls", "lists files of a guest");
    SUMMARIES.put("cat", "writes out files of a guest");
    SUMMARIES.put("copy-out", "copies files of a guest to a directory");
    SUMMARIES.put("tar-out", "writes files of a guest as a tar archive");
    SUMMARIES.put("tail", "writes out the last lines of a file of a guest");
    SUMMARIES.put("checksum", "the checksums of files of a guest");
    SUMMARIES.put("stat", "what is recorded of a file of a guest");
    SUMMARIES.put("fish", "runs commands of guestfish on the disks of a guest");
    SUMMARIES.put("edit", "edits files of a guest, by expressions or an editor");
    SUMMARIES.put("write", "replaces the content of a file of a guest");
    SUMMARIES.put("append-line", "adds a line to a file of a guest");
    SUMMARIES.put("upload", "replaces a file of a guest by one of this host");
    SUMMARIES.put("copy-in", "copies files and directories into a guest");
    SUMMARIES.put("rm", "removes files of a guest");
    SUMMARIES.put("mkdir", "makes directories in a guest");
    SUMMARIES.put("mkdir-p", "makes directories in a guest, and those above them");
    SUMMARIES.put("mv", "gives a file of a guest another name");
    SUMMARIES.put("ln-s", "makes a symbolic link in a guest");
    SUMMARIES.put("chmod", "sets the modes of files of a guest");
    SUMMARIES.put("chown", "sets the owners of files of a guest");
    SUMMARIES.put("touch", "sets the times of files of a guest, or makes them");
    SUMMARIES.put("truncate", "empties files of a guest");
    SUMMARIES.put("truncate-size", "makes a file of a guest as long as is said");
    SUMMARIES.put("diff", "which files of two guests differ");
    SUMMARIES.put("part-expand-gpt", "moves the backup of a GPT to the end of a larger disk");
    SUMMARIES.put("part-resize", "makes a partition larger");
    SUMMARIES.put("sysprep", "makes a template of a guest");
    SUMMARIES.put("sparsify", "copies an image without what its file systems do not use");
    SUMMARIES.put("formats", "the formats that are installed");
    SUMMARIES.put("demo", "shows all this on a small image of its own");
    SUMMARIES.put("completion", "what makes a shell complete all this");
    SUMMARIES.put("man", "the manual page");
  }

  private Verbs() {}

  /** Returns the verbs' names, and in a few words what each is for. */
  static Map<String, String> summaries() {
    return SUMMARIES;
  }

  /** Returns all verbs, in the order in which the help lists them; those of a group follow it. */
  static List<Verb> all() {
    List<Verb> all = new ArrayList<>();
    for (String name : SUMMARIES.keySet()) {
      all.add(named(name));
      if (name.equals("iso")) {
        IsoVerb.ACTIONS.forEach(action -> all.add(named("iso " + action)));
      }
    }
    return all;
  }

  /**
   * Returns the verb that a command line begins with: its first word, or its first two.
   *
   * @param words at least one
   * @throws IllegalArgumentException if there is none of that name
   */
  static Verb named(List<String> words) {
    String first = words.getFirst();
    if (first.indexOf(' ') >= 0) {
      throw unknown(first);
    }
    if (first.equals("inspect") && words.stream().anyMatch(InspectorVerb::isNamedBy)) {
      return new InspectorVerb();
    }
    Verb verb = words.size() > 1 ? find(first + " " + words.get(1)) : null;
    return verb == null ? named(first) : verb;
  }

  /**
   * Returns a verb.
   *
   * @throws IllegalArgumentException if there is none of that name
   */
  static Verb named(String name) {
    Verb verb = find(name);
    if (verb == null) {
      throw unknown(name);
    }
    return verb;
  }

  private static IllegalArgumentException unknown(String name) {
    return new IllegalArgumentException(
        "no verb \""
            + name
            + "\"; "
            + Spelling.closest(name, SUMMARIES.keySet())
                .map(Spelling::question)
                .orElse("diskformat --help lists those there are"));
  }

  private static @Nullable Verb find(String name) {
    return switch (name) {
      case "amend" -> new AmendVerb();
      case "bench" -> new BenchVerb();
      case "bitmap" -> new BitmapVerb();
      case "cat" -> new CatVerb();
      case "check" -> new CheckVerb();
      case "commit" -> new CommitVerb();
      case "compact" -> new CompactVerb();
      case "compare" -> new CompareVerb();
      case "completion" -> new CompletionVerb(Verbs::all);
      case "convert" -> new ConvertVerb();
      case "copy-out" -> new CopyOutVerb();
      case "create" -> new CreateVerb();
      case "dd" -> new DdVerb();
      case "demo" -> new DemoVerb();
      case "diff" -> new DiffVerb();
      case "df" -> new DfVerb();
      case "filesystems" -> new FilesystemsVerb();
      case "formats" -> new FormatsVerb();
      case "hash" -> new HashVerb();
      case "info" -> new InfoVerb();
      case "inspect" -> new InspectVerb();
      case "inspector" -> new InspectorVerb();
      case "iso" -> new IsoVerb();
      case "iso cat" -> new IsoCatVerb();
      case "iso create" -> new IsoCreateVerb();
      case "iso extract" -> new IsoExtractVerb();
      case "iso remaster" -> new IsoRemasterVerb();
      case "iso ls" -> new IsoLsVerb();
      case "checksum" -> new ChecksumVerb();
      case "edit" -> new EditVerb();
      case "fish" -> new FishVerb();
      case "stat" -> new StatVerb();
      case "tail" -> new TailVerb();
      case "rm" -> new RmVerb();
      case "ls" -> new LsVerb();
      case "man" -> new ManVerb(Verbs::all);
      case "manifest" -> new ManifestVerb();
      case "map" -> new MapVerb();
      case "measure" -> new MeasureVerb();
      case "part-list" -> new PartListVerb();
      case "part-expand-gpt" -> PartVerb.expandGpt();
      case "part-resize" -> PartVerb.resize();
      case "rebase" -> new RebaseVerb();
      case "resize" -> new ResizeVerb();
      // Not all that it needs is on the class path of a short verb, and without that the JVM could
      // not tell that it is a verb.
      case "serve" -> Verb.class.cast(new ServeVerb());
      case "snapshot" -> new SnapshotVerb();
      case "sparsify" -> new SparsifyVerb();
      case "sysprep" -> new SysprepVerb();
      case "tar-out" -> new TarOutVerb();
      case "verify" -> new VerifyVerb();
      default -> SimpleChangeVerb.named(name);
    };
  }
}
