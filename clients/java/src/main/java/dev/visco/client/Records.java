package dev.visco.client;

import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Records as JSON and back. What a record does not know is passed over, so that an older client
 * reads the answers of a newer API; what an answer lacks is null.
 */
final class Records {
  private Records() {}

  /** A value of this type made of what {@link Json} has read. */
  static Object of(Type type, Object json) {
    if (json == null) {
      return null;
    }
    if (type instanceof ParameterizedType) {
      ParameterizedType generic = (ParameterizedType) type;
      Type last = generic.getActualTypeArguments()[generic.getActualTypeArguments().length - 1];
      if (json instanceof Map<?, ?> map) {
        var made = new LinkedHashMap<String, Object>();
        map.forEach((name, value) -> made.put(String.valueOf(name), of(last, value)));
        return made;
      }
      var made = new ArrayList<Object>();
      ((List<?>) json).forEach(one -> made.add(of(last, one)));
      return made;
    }
    Class<?> plain = (Class<?>) type;
    if (plain == Integer.class) {
      return ((Number) json).intValue();
    } else if (plain == Long.class) {
      return ((Number) json).longValue();
    } else if (plain == Double.class) {
      return ((Number) json).doubleValue();
    } else if (plain == Instant.class) {
      return Instant.parse((String) json);
    } else if (plain == byte[].class) {
      return Base64.getDecoder().decode((String) json);
    } else if (plain.isRecord()) {
      return record(plain, (Map<?, ?>) json);
    }
    return json;
  }

  private static Object record(Class<?> type, Map<?, ?> json) {
    RecordComponent[] components = type.getRecordComponents();
    var types = new Class<?>[components.length];
    var values = new Object[components.length];
    for (int at = 0; at < components.length; at++) {
      types[at] = components[at].getType();
      values[at] = of(components[at].getGenericType(), json.get(name(components[at].getName())));
    }
    try {
      Constructor<?> constructor = type.getDeclaredConstructor(types);
      return constructor.newInstance(values);
    } catch (InvocationTargetException e) {
      throw new ViscoConnectionException("The answer does not fit " + type.getSimpleName(), e);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Java's own words have a line behind them. */
  private static String name(String component) {
    return component.endsWith("_") ? component.substring(0, component.length() - 1) : component;
  }

  /** What {@link Json} writes; null components are left out. */
  static Object json(Object value) {
    if (value instanceof Record) {
      var map = new LinkedHashMap<String, Object>();
      for (RecordComponent component : value.getClass().getRecordComponents()) {
        try {
          Object one = component.getAccessor().invoke(value);
          if (one != null) {
            map.put(name(component.getName()), json(one));
          }
        } catch (ReflectiveOperationException e) {
          throw new IllegalStateException(e);
        }
      }
      return map;
    } else if (value instanceof Map<?, ?> map) {
      var made = new LinkedHashMap<String, Object>();
      map.forEach((name, one) -> made.put(String.valueOf(name), json(one)));
      return made;
    } else if (value instanceof Collection<?> list) {
      return list.stream().map(Records::json).toList();
    } else if (value instanceof byte[] bytes) {
      return Base64.getEncoder().encodeToString(bytes);
    }
    return value;
  }
}
