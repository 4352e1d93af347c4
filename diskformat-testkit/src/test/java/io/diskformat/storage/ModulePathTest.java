package io.diskformat.storage;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.jna.Native;
import io.diskformat.DiskImages;
import io.diskformat.testing.ChildJvm;
import io.diskformat.transfer.ContentHash;
import java.nio.file.Path;
import org.bouncycastle.crypto.Digest;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The optional libraries as modules: what the JVM takes from the module path by itself. */
final class ModulePathTest {
  private static final String ADDED = "--add-modules=com.sun.jna";
  private static final String ENABLED = "--enable-native-access=com.sun.jna";

  @TempDir Path directory;

  @BeforeEach
  void onlyWhereTheCoreIsAModule() {
    assumeTrue(ChildJvm.isCoreAModule(), "the core was compiled without its module-info");
  }

  private static ChildJvm.Result run(ChildJvm jvm, String... arguments) throws Exception {
    ChildJvm.Result result = jvm.run(Child.class, arguments);
    assertEquals(0, result.exitCode(), result::toString);
    return result;
  }

  @Test
  void jnaIsUsedWithTheOptionsThatTheMessageNames() throws Exception {
    ChildJvm present = ChildJvm.onModulePath().and(Native.class);
    ChildJvm.Result without = run(present);
    assertEquals("module: true, native calls: false", without.output().strip());
    assertEquals("", without.error());
    String reported = run(present.options(NativeCallsTest.logging(directory))).error();
    assertTrue(reported.contains(ADDED.replace('=', ' ') + " " + ENABLED), reported);
    ChildJvm.Result with = run(present.options(ADDED, ENABLED));
    assertEquals("module: true, native calls: true", with.output().strip());
    assertEquals("", with.error());
  }

  /** It is a security provider, which the JDK's own modules look for. */
  @Test
  void bouncyCastleIsFound() throws Exception {
    ChildJvm.Result result = run(ChildJvm.onModulePath().and(Digest.class), "blake3");
    assertTrue(result.output().contains("blake3"), result::toString);
  }

  /** What is run in another JVM. */
  static final class Child {
    public static void main(String[] arguments) {
      for (String algorithm : arguments) {
        ContentHash hash = ContentHash.algorithm(algorithm);
        System.out.println(algorithm + " " + hash);
      }
      System.out.println(
          "module: "
              + DiskImages.class.getModule().isNamed()
              + ", native calls: "
              + (NativeAccess.get() != null));
    }
  }
}
