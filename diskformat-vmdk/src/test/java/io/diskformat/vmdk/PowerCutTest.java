package io.diskformat.vmdk;

import static io.diskformat.vmdk.VmdkUnderTest.VMDK;

import io.diskformat.testing.PowerCut;
import io.diskformat.testing.PowerCutProof;
import io.diskformat.vmdk.PowerCutScenario.Kind;
import java.util.Arrays;
import java.util.List;

/** The power is cut at every point of all kinds of work, and whatever may be left is looked at. */
final class PowerCutTest extends PowerCutProof<Kind, WriteStep> {
  PowerCutTest() {
    super(VMDK, 80, 50);
  }

  @Override
  protected List<Kind> kinds() {
    return List.of(Kind.values());
  }

  /** {@code -Ddiskformat.powercut.perPoint=12} looks at more. */
  @Override
  protected int perPoint(Kind kind) {
    int most = Integer.getInteger("diskformat.powercut.perPoint", 2);
    return switch (kind) {
      case TINY_GRAINS, WITHOUT_TABLES, GROWTH_TINY_TABLES -> Math.max(1, most / 3);
      default -> most;
    };
  }

  @Override
  protected int operationsWithoutBarrier(Kind kind) {
    return kind.isGrown() ? 8 : OPERATIONS;
  }

  @Override
  protected PowerCut scenario(Kind kind, long seed) {
    return new PowerCutScenario(kind, directory(), seed);
  }

  /**
   * All but those that only matter where the descriptor is a file of its own: header and descriptor
   * are in one page here, and so reach the host's disk together; and the flushes of the extent make
   * durable what became of the descriptor.
   */
  @Override
  protected List<WriteStep> barriers() {
    return Arrays.stream(WriteStep.values())
        .filter(step -> step != WriteStep.CAPACITY && step != WriteStep.DESCRIPTOR_COPY_GONE)
        .toList();
  }

  @Override
  protected List<Kind> kindsThatNeed(WriteStep barrier) {
    return switch (barrier) {
      case DIRECTORIES -> List.of(Kind.WITHOUT_TABLES);
      case DESCRIPTOR, DESCRIPTOR_COPY -> List.of(Kind.GROWTH_LONG_DESCRIPTOR);
      case LONGER_DIRECTORIES -> List.of(Kind.GROWTH_TINY_TABLES);
      case MOVED_TABLES -> List.of(Kind.COMPACTION_TABLES);
      default -> List.of(Kind.SMALL_GRAINS);
    };
  }
}
