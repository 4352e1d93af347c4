package io.diskformat.testing;

import static io.diskformat.testing.StalledAccess.Verb.COMPRESS;
import static io.diskformat.testing.StalledAccess.Verb.DISCARD;
import static io.diskformat.testing.StalledAccess.Verb.FLUSH;
import static io.diskformat.testing.StalledAccess.Verb.READ;
import static io.diskformat.testing.StalledAccess.Verb.WRITE;
import static io.diskformat.testing.StalledAccess.Verb.WRITE_PART;
import static io.diskformat.testing.StalledAccess.Verb.ZERO;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.testing.StalledAccess.Access;
import io.diskformat.testing.StalledAccess.Change;
import io.diskformat.testing.StalledAccess.Verb;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Proves that an access which is held up at any of its steps, while others reuse the places that it
 * looks at, finds only what was there, for each way in which a cluster may be stored.
 *
 * <p>A test class supplies images in which a cluster is stored in each way.
 *
 * @param <C> a case: how the accessed cluster is stored
 */
public abstract class StalledAccessProof<C> extends Proof {
  /** The number of clusters of the disk. */
  protected static final int CLUSTERS = 8;

  /** The number of the cluster that is accessed. */
  protected static final int TARGET = 3;

  /** The number of a cluster that is not stored, and takes the place of {@link #TARGET}. */
  protected static final int OTHER = 5;

  /** The number of another cluster that is not stored. */
  protected static final int THIRD = 6;

  private static final Change FLUSHED = change(FLUSH, 0);

  private final boolean compresses;

  /**
   * Creates a proof.
   *
   * @param compresses whether the format writes compressed clusters
   */
  protected StalledAccessProof(FormatUnderTest format, boolean compresses) {
    super(format);
    this.compresses = compresses;
  }

  /** Returns all cases. */
  protected abstract List<C> cases();

  /** Returns the size of a cluster, in bytes. */
  protected abstract int clusterSize(C kind);

  /**
   * Creates an image of a disk of {@link #CLUSTERS} clusters; the case says how {@link #TARGET} is
   * stored, the first is data, and neither {@link #OTHER} nor {@link #THIRD} is stored.
   */
  protected abstract PagedStorage image(C kind) throws IOException;

  /**
   * Returns such an image whose tables move when they are changed, if the format has such; {@link
   * #image} unless overridden.
   */
  protected PagedStorage imageWithTablesThatMove(C kind) throws IOException {
    return image(kind);
  }

  private static Change change(Verb verb, int cluster) {
    return new Change(verb, cluster);
  }

  private Change compress(int cluster) {
    return change(compresses ? COMPRESS : WRITE, cluster);
  }

  /** Returns what others do, chosen so that they reuse the place of the cluster. */
  private List<List<Change>> others() {
    return List.of(
        List.of(change(WRITE, TARGET), FLUSHED, change(WRITE, OTHER), FLUSHED),
        List.of(change(DISCARD, TARGET), FLUSHED, change(WRITE, OTHER), FLUSHED),
        List.of(change(ZERO, TARGET), FLUSHED, compress(OTHER), FLUSHED),
        List.of(
            change(DISCARD, TARGET), FLUSHED, compress(OTHER), compress(TARGET), change(READ, 0)),
        List.of(change(DISCARD, TARGET), FLUSHED, compress(OTHER), compress(TARGET)),
        List.of(change(DISCARD, TARGET), FLUSHED, compress(OTHER), change(WRITE, TARGET), FLUSHED),
        List.of(
            compress(TARGET),
            FLUSHED,
            compress(OTHER),
            change(WRITE, THIRD),
            compress(TARGET),
            FLUSHED),
        tableOnly());
  }

  /**
   * Returns changes that do not touch the cluster itself, but perhaps its table, or what becomes of
   * it.
   */
  private static List<Change> tableOnly() {
    return List.of(
        change(WRITE, OTHER),
        FLUSHED,
        change(WRITE, THIRD),
        change(WRITE, 0),
        change(WRITE, 1),
        FLUSHED);
  }

  /** What an access finds was there, and neither a cache nor the image keeps what was not. */
  @ParameterizedTest
  @MethodSource("cases")
  public final void whatIsFoundWasThereAndNothingWrongStays(C kind) throws Exception {
    PagedStorage image = image(kind);
    PagedStorage moving = imageWithTablesThatMove(kind);
    Random random = new Random(7);
    int steps = 0;
    for (Access access : Access.values()) {
      for (List<Change> meanwhile : others()) {
        steps += stalled(image, kind).atEachStep(access, List.of(), meanwhile);
      }
      steps += stalled(moving, kind).atEachStep(access, List.of(), tableOnly());
      steps += stalled(image, kind).atEachStep(access, changes(random, 3), changes(random, 8));
      for (List<Change> meanwhile : List.of(others().getFirst(), tableOnly())) {
        steps += stalled(image, kind).throughPages().atEachStep(access, List.of(), meanwhile);
      }
    }
    System.out.println(kind + ": " + steps + " steps");
    assertTrue(steps > 300, steps + " steps");
  }

  private StalledAccess stalled(PagedStorage image, C kind) {
    return new StalledAccess(image, file(), format().writable(), clusterSize(kind), TARGET);
  }

  private List<Change> changes(Random random, int most) {
    List<Change> changes = new ArrayList<>();
    Verb verb = compresses ? COMPRESS : WRITE;
    List<Verb> verbs = List.of(WRITE, WRITE_PART, verb, verb, ZERO, DISCARD, FLUSH, READ);
    int count = random.nextInt(most + 1);
    for (int i = 0; i < count; i++) {
      int cluster = random.nextBoolean() ? TARGET : random.nextInt(CLUSTERS);
      changes.add(change(verbs.get(random.nextInt(verbs.size())), cluster));
      if (random.nextInt(3) == 0) {
        changes.add(FLUSHED);
      }
    }
    return changes;
  }
}
