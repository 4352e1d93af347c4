package io.diskformat.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.testing.Oracle;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How options may be spelled, in every verb. */
class ArgumentReaderTest {
  @TempDir Path directory;

  @BeforeEach
  void writeImages() throws IOException {
    for (String name : List.of("a.qcow2", "b.raw", "new.raw", "new.qcow2")) {
      Files.deleteIfExists(directory.resolve(name));
    }
    DemoImage.write(directory.resolve("a.qcow2"));
    Files.write(directory.resolve("a.raw"), new byte[1 << 20]);
  }

  /** Returns the words of a command line in which {@code *} stands for the test's directory. */
  private List<String> words(String line) {
    List<String> words = new ArrayList<>();
    for (String word : line.split(" ")) {
      words.add(word.replace("*", directory.toString()));
    }
    return words;
  }

  private Cli.Result run(String line) {
    return Cli.run(words(line).toArray());
  }

  /** Each is taken by both tools, or refused by both, with the same output. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "info --out=json */a.qcow2",
        "info --out json */a.qcow2",
        "info --b */a.qcow2",
        "info --form qcow2 */a.qcow2",
        "info --f qcow2 */a.qcow2",
        "info --force --output=json */a.qcow2",
        "info -Ufqcow2 */a.qcow2",
        "info */a.qcow2 -f raw",
        "info -f qcow2 -f raw */a.qcow2",
        "info -f -U */a.qcow2",
        "info -f --output */a.qcow2",
        "info -f -- */a.qcow2",
        "info -- */a.qcow2 -U",
        "info -- */a.qcow2",
        "info --output",
        "info --output */a.qcow2",
        "info --output= */a.qcow2",
        "info --backing-chain=yes */a.qcow2",
        "info --U */a.qcow2",
        "info -o json */a.qcow2",
        "info -output=json */a.qcow2",
        "info - */a.qcow2",
        "info -",
        "info",
        "map --format=raw --start=512 --max=1024 */a.raw",
        "map --output=json -Us0 -l 512 */a.qcow2",
        "map -l1k -s512 --format raw */a.raw",
        "map --s 0 */a.raw",
        "map --m=0 */a.raw",
        "map -fraw --s=-1 */a.raw",
        "check -fraw --r=leaks */a.raw",
        "check --rep=leaks -f raw */a.raw",
        "check --repair=most */a.qcow2",
        "compare -q */a.raw -s */a.raw",
        "compare -sfraw -F raw */a.raw */a.raw",
        "compare -U */a.raw",
        "create -q -fraw */new.raw -- 1M",
        "create -qfqcow2 -ocluster_size=4k */new.qcow2 1M",
        "create -q -f raw -o size=1M */new.raw",
        "create -q -f qcow2 -o size=0x100000,cluster_size=0x1000 */new.qcow2",
        "create -U */new.raw 1M",
        "resize -q -f raw */a.raw +1M",
        "resize -q -f raw --shrink */a.raw -64k",
        "resize -q --shr -f raw */a.raw -- -64k",
        "resize -q -U -f raw */a.raw +1M",
        "dd -O raw -f raw bs=512 count=1 if=*/a.raw of=*/b.raw",
        "dd bs=512 if=*/a.raw -Oraw of=*/b.raw -fraw",
        "bench -c1 -f raw -s 512 --pattern=1 */a.raw -U",
        "bench -w -U -f raw -c 1 */a.raw"
      })
  void isAsQemuImgHasIt(String line) throws IOException {
    List<String> words = words(line);
    Cli.Result ours = run(line);
    writeImages(); // What may have been changed is put back.
    Oracle.Result qemus = Oracle.qemuImg(words.toArray());
    assertEquals(qemus.exitCode() == 0, ours.status() == 0, () -> qemus + "\n" + ours);
    if (qemus.exitCode() == 0 && words.getFirst().matches("info|map|compare")) {
      // Only a later qemu-img reports what is compressed.
      assertEquals(qemus.output(), ours.output().replace(", \"compressed\": false", ""));
    }
  }

  @Test
  void shortOptionsMayHaveAnEqualsSign() {
    // The one thing that qemu-img does not take.
    assertTrue(run("info -f=raw */a.qcow2").orFail().output().contains("file format: raw"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      value = {
        "info --format=raw --outputt=json x ~ no option --outputt; did you mean --output?",
        "info --ouput=json x ~ no option --ouput; did you mean --output?",
        "info -output=json x ~ no option -output; did you mean --output?",
        "convert --target-si-zero x y ~ no option --target-si-zero; did you mean --target-is-zero?",
        "info --nonesuch x ~ no option --nonesuch; see diskformat info --help",
        "info -x x ~ no option -x; see diskformat info --help",
        "iso create -input-charset x ~ no option -input-charset; see diskformat iso create --help",
        "info -Ux x ~ no option -x; see diskformat info --help",
        "map --fo x ~ option --fo may be --format or --force-share",
        "info --output ~ option --output needs a value: human|json",
        "info -f ~ option -f needs a value: FMT",
        "info --force-share=on x ~ option --force-share takes no value",
        "info ~ info needs FILE; see diskformat info --help",
        "compact -U x ~ no option -U; see diskformat compact --help",
        "commit --force-share x ~ no option --force-share; see diskformat commit --help",
        "check -U -r all x ~ -U is for an image that is only read; -r writes it",
        "bench -U -w x ~ -U is for an image that is only read; -w writes it",
        "convrt x y ~ no verb \"convrt\"; did you mean convert?",
        "ifno x ~ no verb \"ifno\"; did you mean info?",
        "frobnicate ~ no verb \"frobnicate\"; diskformat --help lists those there are",
        "help convrt ~ no verb \"convrt\"; did you mean convert?",
        "create -f qcow2 -o clutser_size=4k x 1M ~ x: qcow2 has no option \"clutser_size\"; did you"
            + " mean cluster_size?",
        "convert -O vdi -o statik x y ~ y: vdi has no option \"statik\"; did you mean static?",
        "convert -O qcow2 -o size=1G x y ~ -o size is for create; a new image has the size of what"
            + " is converted, and resize changes it",
      })
  void saysInOneLineWhatWasMeant(String line, String message) {
    List<String> words = words(line.strip());
    int status = words.getFirst().equals("compare") ? 2 : 1;
    assertEquals(message.strip(), Cli.run(words.toArray()).message(status));
  }

  /** What follows is wrong otherwise. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "info --object secret,id=s x",
        "info --obj secret,id=s x",
        "info --image-opts driver=raw",
        "create --object secret,id=s x 1M",
        "convert --target-image-opts x y",
        "convert --bitmaps x y",
        "convert --skip-broken-bitmaps x y",
        "convert --salvage x y",
        "convert -r 1M x y",
        "resize --preallocation=full x 1M"
      })
  void knowsTheOptionsOfQemuImg(String line) {
    String message = run(line).message(1);
    assertFalse(message.contains("option -"), message);
  }

  @Test
  void helpsWithAVerbHoweverAsked() {
    String help = run("info --help").orFail().output();
    assertEquals(help, run("help info").orFail().output());
    assertEquals(help, run("--help info").orFail().output());
    assertEquals(help, run("-h info").orFail().output());
    assertEquals(help, run("info -U nonesuch --he").orFail().output());
    // As getopt reads on from the left.
    assertFalse(run("info --nonesuch --help").error().isEmpty());
    for (String verb : Verbs.summaries().keySet()) {
      for (String line : run("help " + verb).orFail().output().split("\n")) {
        assertTrue(line.length() <= 80, line);
      }
    }
  }
}
