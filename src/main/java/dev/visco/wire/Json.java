package dev.visco.wire;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.Nulls;
import dev.visco.model.Digest;
import dev.visco.model.Durations;
import dev.visco.model.GuestText;
import dev.visco.model.Ipv4;
import dev.visco.model.KernelSpec.KernelParts;
import dev.visco.model.Life;
import dev.visco.model.MacAddress;
import dev.visco.model.MachineShape;
import dev.visco.model.MachineSize;
import dev.visco.model.MountPath;
import dev.visco.model.Origin;
import dev.visco.model.Purpose;
import dev.visco.model.Rebuild;
import dev.visco.model.Remedy;
import dev.visco.model.RestartPolicy;
import dev.visco.model.SlotIndex;
import dev.visco.model.Transport;
import dev.visco.model.TtlFrom;
import dev.visco.model.UserId;
import dev.visco.model.VmId;
import dev.visco.model.VmState;
import dev.visco.model.VolumeId;
import dev.visco.model.VolumeName;
import java.io.ByteArrayOutputStream;
import java.io.FilterWriter;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.ValueDeserializer;
import tools.jackson.databind.ValueSerializer;
import tools.jackson.databind.cfg.DateTimeFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.module.SimpleModule;

/**
 * The only JSON mapper: it refuses unknown fields and lists with null, writes times as ISO 8601 and
 * the model's values as their words. Characters that a terminal obeys are escaped in all texts that
 * it writes.
 */
public final class Json {
  /** What is written as a text. Filled before {@link #MAPPER}, which needs it. */
  private static final Set<Class<?>> WORDS = new HashSet<>();

  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
          .disable(DateTimeFeature.WRITE_DATES_AS_TIMESTAMPS)
          .changeDefaultNullHandling(nulls -> JsonSetter.Value.forContentNulls(Nulls.FAIL))
          .addModule(words())
          .addMixIn(Origin.class, OriginKind.class)
          .addMixIn(MachineShape.class, ShapeFields.class)
          .addMixIn(Life.class, LifeFields.class)
          .addMixIn(Remedy.class, RemedyKinds.class)
          .build();

  private static final JsonMapper CANONICAL =
      MAPPER
          .rebuild()
          .enable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)
          .disable(MapperFeature.SORT_CREATOR_PROPERTIES_FIRST)
          .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
          .changeDefaultPropertyInclusion(_ ->
              JsonInclude.Value.construct(
                  JsonInclude.Include.NON_EMPTY, JsonInclude.Include.NON_EMPTY))
          .build();

  private Json() {}

  /** Which one it is stands in {@code from}. */
  @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "from")
  @JsonSubTypes({
    @JsonSubTypes.Type(value = Origin.FromImage.class, name = "image"),
    @JsonSubTypes.Type(value = Origin.FromSnapshot.class, name = "snapshot"),
    @JsonSubTypes.Type(value = Origin.Clone.class, name = "clone"),
    @JsonSubTypes.Type(value = Origin.FromDisk.class, name = "disk")
  })
  private interface OriginKind {}

  /** A machine that keeps its size has no field for another one. */
  private interface ShapeFields {
    @JsonInclude(JsonInclude.Include.NON_NULL)
    @Nullable MachineSize next();
  }

  private interface LifeFields {
    @JsonInclude(JsonInclude.Include.NON_NULL)
    @Nullable Duration sleepAfter();

    @JsonInclude(JsonInclude.Include.NON_NULL)
    @Nullable Duration archiveAfter();
  }

  private static SimpleModule words() {
    var module = new SimpleModule("visco");
    word(module, Digest.class, Digest::value, Digest::new);
    word(module, VmId.class, VmId::value, VmId::new);
    word(module, VolumeId.class, VolumeId::value, VolumeId::new);
    word(module, VolumeName.class, VolumeName::value, VolumeName::new);
    word(module, MountPath.class, MountPath::value, MountPath::new);
    word(module, UserId.class, UserId::value, UserId::new);
    word(module, MacAddress.class, MacAddress::value, MacAddress::new);
    word(module, Ipv4.class, Ipv4::toString, text -> Ipv4.of("address", text));
    word(
        module,
        SlotIndex.class,
        SlotIndex::toString,
        text -> new SlotIndex(Integer.parseInt(text)));
    word(module, Transport.class, Transport::word, Transport::of);
    word(module, Purpose.class, Purpose::word, Purpose::of);
    word(
        module,
        RestartPolicy.class,
        RestartPolicy::word,
        text -> RestartPolicy.of("restart", text));
    word(module, Rebuild.RebuildStage.class, Rebuild.RebuildStage::word, Rebuild.RebuildStage::of);
    word(
        module,
        KernelParts.class,
        parts -> parts.name().toLowerCase(Locale.ROOT),
        text -> KernelParts.valueOf(text.toUpperCase(Locale.ROOT)));
    word(module, TtlFrom.class, TtlFrom::word, text -> TtlFrom.of("ttlFrom", text));
    word(
        module,
        VmState.class,
        VmState::word,
        text -> VmState.valueOf(text.toUpperCase(Locale.ROOT)));
    word(module, Duration.class, Durations::text, text -> Durations.of("time", text));
    return module;
  }

  private static <T> void word(
      SimpleModule module, Class<T> type, Function<T, String> text, Function<String, T> value) {
    WORDS.add(type);
    module.addSerializer(
        type,
        new ValueSerializer<T>() {
          @Override
          public void serialize(T object, JsonGenerator generator, SerializationContext context) {
            generator.writeString(text.apply(object));
          }
        });
    module.addDeserializer(
        type,
        new ValueDeserializer<T>() {
          @Override
          public T deserialize(JsonParser parser, DeserializationContext context) {
            return value.apply(parser.getValueAsString());
          }
        });
  }

  public static JsonMapper mapper() {
    return MAPPER;
  }

  /** Whether values of this type are written as a text of the model's own. */
  public static boolean isWord(Class<?> type) {
    return WORDS.contains(type);
  }

  /** One line. */
  public static String line(Object value) {
    return GuestText.escaped(MAPPER.writeValueAsString(value));
  }

  /**
   * The canonical text of a value, for digests: without blanks, with sorted keys, without null and
   * empty values. The order of lists is kept.
   */
  public static String canonical(Object value) {
    return CANONICAL.writeValueAsString(value);
  }

  /** As {@link #line}, in UTF-8 and with a line feed at its end. */
  public static byte[] bytes(Object value) {
    var out = new ByteArrayOutputStream();
    MAPPER.writeValue(new Escaping(new OutputStreamWriter(out, StandardCharsets.UTF_8)), value);
    out.write('\n');
    return out.toByteArray();
  }

  /** Indented, for files that people read. */
  public static String pretty(Object value) {
    return GuestText.escaped(
            MAPPER.writer().with(SerializationFeature.INDENT_OUTPUT).writeValueAsString(value))
        + "\n";
  }

  /** Reads a record; a {@link JacksonException} names the field. */
  public static <T> T read(String text, Class<T> type) throws JacksonException {
    return MAPPER.readValue(text, type);
  }

  /** Reads a record from UTF-8; null for JSON's null. */
  public static <T> @Nullable T read(byte[] bytes, int offset, int length, Class<T> type)
      throws JacksonException {
    return MAPPER.readValue(bytes, offset, length, type);
  }

  /** Escapes characters that a terminal obeys in JSON's texts; outside of them there are none. */
  private static final class Escaping extends FilterWriter {
    Escaping(Writer out) {
      super(out);
    }

    @Override
    public void write(int one) throws IOException {
      out.write(GuestText.escaped(Character.toString((char) one)));
    }

    @Override
    public void write(char[] characters, int offset, int length) throws IOException {
      out.write(GuestText.escaped(new String(characters, offset, length)));
    }

    @Override
    public void write(String text, int offset, int length) throws IOException {
      out.write(GuestText.escaped(text.substring(offset, offset + length)));
    }
  }
}
