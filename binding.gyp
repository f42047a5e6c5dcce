{
  # One static library that knows nothing of Node, the addon around it, and the tests that run it
  # without Node. SANITIZE=address,undefined (or thread) in the environment builds with sanitizers;
  # APOGEE_PORTABLE=1 builds the portable twin of native/posix on Linux too.
  'variables': {
    'sanitize%': '<!(node -p "process.env.SANITIZE || \'\'")',
    'portable%': '<!(node -p "process.env.APOGEE_PORTABLE || \'0\'")',
  },
  'target_defaults': {
    'include_dirs': ['native'],
    'cflags!': ['-fno-exceptions', '-fno-rtti'],
    'cflags_cc!': ['-fno-exceptions', '-fno-rtti', '-std=gnu++17', '-std=gnu++20'],
    'cflags': ['-fvisibility=hidden', '-O2', '-g1'],
    'cflags_cc': [
      '-std=c++20', '-fno-exceptions', '-fno-rtti',
      '-Wall', '-Wextra', '-Wpedantic', '-Wconversion', '-Wshadow', '-Werror',
      # GCC 12 warns of impossible overlaps inside std::string (its bug 105651).
      '-Wno-unknown-warning-option', '-Wno-restrict',
    ],
    'defines': ['APOGEE_PORTABLE=<(portable)'],
    'xcode_settings': {
      'CLANG_CXX_LANGUAGE_STANDARD': 'c++20',
      'GCC_ENABLE_CPP_EXCEPTIONS': 'NO',
      'GCC_ENABLE_CPP_RTTI': 'NO',
      'MACOSX_DEPLOYMENT_TARGET': '13.0',
      'OTHER_CPLUSPLUSFLAGS': ['-fvisibility=hidden', '-Wall', '-Wextra', '-Wpedantic'],
    },
    'conditions': [
      ['sanitize!=""', {
        'cflags': ['-fsanitize=<(sanitize)', '-fno-omit-frame-pointer', '-O1'],
        'ldflags': ['-fsanitize=<(sanitize)'],
      }],
    ],
  },
  'targets': [
    {
      'target_name': 'apogee_core',
      'type': 'static_library',
      'sources': ['<!@(node scripts/native-sources.mjs store posix remoting)'],
      'cflags': ['-fPIC'],
    },
    {
      'target_name': 'apogee',
      'dependencies': ['apogee_core'],
      'sources': ['<!@(node scripts/native-sources.mjs napi)'],
      'include_dirs': ['<!(node -p "require(\'node-addon-api\').include_dir")'],
      'defines': [
        'NAPI_VERSION=9', 'NAPI_DISABLE_CPP_EXCEPTIONS', 'NODE_ADDON_API_DISABLE_DEPRECATED',
        'NODE_ADDON_API_REQUIRE_BASIC_FINALIZERS',
      ],
      'cflags_cc!': ['-Wpedantic', '-Wconversion', '-Wshadow'],
    },
    {
      'target_name': 'native_tests',
      'type': 'executable',
      'dependencies': ['apogee_core'],
      'sources': ['<!@(node scripts/native-sources.mjs test)'],
      'ldflags': ['-pthread'],
      'cflags_cc!': ['-Wconversion'],
    },
  ],
}
