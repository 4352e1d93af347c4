package io.diskformat.cli;

import io.diskformat.SecretSupplier;
import io.diskformat.SizeText;
import io.diskformat.inspect.Finding;
import io.diskformat.inspect.ImageInspector;
import io.diskformat.inspect.Inspection;
import io.diskformat.inspect.InspectionRules;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** The verb {@code inspect}. */
final class InspectVerb extends Verb {
  private static final int REFUSED = 2;
  private static final String STANDARD_INPUT = "-";

  private final Argument formats =
      options(
          "FMT",
          "A format that is accepted; may be given several times. If none is, all are that are"
              + " installed.",
          "-f",
          "--format");
  private final Argument maxSize =
      option("SIZE", "The largest disk that is accepted.", "--max-size");
  private final Argument maxRatio =
      option("FACTOR", "How many times as large as its file a disk may be.", "--max-ratio");
  private final Argument allow =
      options(
          "RULE",
          "Only warn of this rule, qcow2.backing-file for example; may be given several times.",
          "--allow");
  private final Argument objects =
      options(
          "OBJECT",
          "A passphrase: secret,id=ID,data=TEXT or secret,id=ID,file=FILE. With it, the start of"
              + " what a LUKS file decrypts to is looked at, too.",
          "--object");
  private final Argument output = option("human|json", "How to write it.", "--output");
  private final Argument quiet = flag("Say nothing.", "-q", "--quiet");
  private final Argument file =
      parameter("FILE", "The image; - for the standard input, read until it is refused.");

  InspectVerb() {
    super(
        "inspect",
        "Says whether an image is one to be taken from somebody who is not trusted: of which format"
            + " it is, how large its disk is, and what is wrong with it. No file that it names is"
            + " opened.");
    footer(
        "Exit status: 0 if the image is sane, 1 if that could not be found out, 2 if it is to be"
            + " refused. The members of the object of --output=json are filename, format, variant,"
            + " virtual-size, encryption (each if known), decided-by (how many bytes show the"
            + " format), length (how many bytes were seen), complete, sane, and findings: rule,"
            + " severity (warning or refusal), position, proven-by (how many bytes show it) and"
            + " message.");
  }

  @Override
  int run(Terminal terminal) throws IOException {
    String name = file.required();
    OutputFormat outputFormat = OutputFormat.of(output.valueOr("human"));
    Inspection inspection = inspect(name, rules());
    if (!quiet.isGiven()) {
      if (outputFormat == OutputFormat.JSON) {
        new Json(terminal).write(members(name, inspection));
      } else {
        print(name, inspection, terminal);
      }
    }
    return inspection.isSane() ? 0 : REFUSED;
  }

  private static Inspection inspect(String name, InspectionRules rules) throws IOException {
    return name.equals(STANDARD_INPUT)
        ? ImageInspector.copy(
            Channels.newChannel(System.in),
            Channels.newChannel(OutputStream.nullOutputStream()),
            rules)
        : ImageInspector.inspect(Path.of(name), rules);
  }

  private InspectionRules rules() {
    InspectionRules rules =
        InspectionRules.strict().allowing(allow.values().toArray(String[]::new));
    Optional<SecretSupplier> secret = Secrets.of(objects.values()).only();
    if (secret.isEmpty() && !objects.values().isEmpty()) {
      throw new IllegalArgumentException("there is one image, and so one --object secret at most");
    }
    if (secret.isPresent()) {
      rules = rules.secret(secret.get());
    }
    List<String> accepted = formats.values();
    if (!accepted.isEmpty()) {
      rules = rules.formats(accepted.toArray(String[]::new));
    }
    String size = maxSize.value();
    if (size != null) {
      rules = rules.largestDisk(SizeText.parse(size, "--max-size"));
    }
    String ratio = maxRatio.value();
    if (ratio != null) {
      if (!ratio.matches("[1-9][0-9]{0,17}")) {
        throw new IllegalArgumentException("--max-ratio must be a number, not \"" + ratio + "\"");
      }
      rules = rules.largestRatio(Long.parseLong(ratio));
    }
    return rules;
  }

  private static Map<String, Object> members(String name, Inspection inspection) {
    Map<String, Object> members = new LinkedHashMap<>();
    members.put("filename", name);
    inspection.format().ifPresent(format -> members.put("format", format));
    inspection.variant().ifPresent(variant -> members.put("variant", variant));
    inspection.diskSize().ifPresent(size -> members.put("virtual-size", size));
    inspection.encryption().ifPresent(method -> members.put("encryption", method));
    inspection.decidedBy().ifPresent(bytes -> members.put("decided-by", bytes));
    members.put("length", inspection.length());
    members.put("complete", inspection.isComplete());
    members.put("sane", inspection.isSane());
    members.put("findings", inspection.findings().stream().map(InspectVerb::members).toList());
    return members;
  }

  private static Map<String, Object> members(Finding finding) {
    Map<String, Object> members = new LinkedHashMap<>();
    members.put("rule", finding.rule());
    members.put("severity", finding.severity().name().toLowerCase(Locale.ROOT));
    members.put("position", finding.position());
    members.put("proven-by", finding.provenBy());
    members.put("message", finding.sentence());
    return members;
  }

  private static void print(String name, Inspection inspection, Terminal terminal)
      throws IOException {
    terminal.line("image: " + Terminal.printable(name));
    String format = inspection.format().orElse("not known");
    String variant =
        inspection.variant().map(kind -> " (" + Terminal.printable(kind) + ")").orElse("");
    terminal.line("format: " + format + variant);
    if (inspection.diskSize().isPresent()) {
      long size = inspection.diskSize().getAsLong();
      terminal.line("virtual size: " + Sizes.human(size) + " (" + size + " bytes)");
    }
    for (Finding finding : inspection.findings()) {
      terminal.line(
          "%s: %s at %d: %s"
              .formatted(
                  finding.isRefusal() ? "refused" : "warning",
                  finding.rule(),
                  finding.position(),
                  Terminal.printable(finding.sentence())));
    }
    terminal.line(
        inspection.refusal().isEmpty()
            ? "verdict: sane"
            : "verdict: refused, as the first "
                + inspection.refusal().get().provenBy()
                + " bytes show");
  }
}
