"""What a node of ElastiCache may hold, by its type: `maxmemory` in bytes, before what is reserved.

Families of the same sizes stand together.
https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/ParameterGroups.Engine.html
"""

_FAMILIES: dict[tuple[str, ...], dict[str, int]] = {
    ("t2",): {
        "micro": 581_959_680,
        "small": 1_665_138_688,
        "medium": 3_461_349_376,
    },
    ("t3", "t4g"): {
        "micro": 536_870_912,
        "small": 1_471_026_299,
        "medium": 3_317_862_236,
    },
    ("m4",): {
        "large": 6_892_593_152,
        "xlarge": 15_328_501_760,
        "2xlarge": 31_889_126_359,
        "4xlarge": 65_257_290_629,
        "10xlarge": 166_047_614_239,
    },
    ("m5",): {
        "large": 6_854_542_746,
        "xlarge": 13_891_921_715,
        "2xlarge": 27_966_669_210,
        "4xlarge": 56_116_178_125,
        "12xlarge": 168_715_971_994,
        "24xlarge": 337_500_562_842,
    },
    ("m6g", "m7g"): {
        "large": 6_854_542_746,
        "xlarge": 13_891_921_715,
        "2xlarge": 27_966_669_210,
        "4xlarge": 56_116_178_125,
        "8xlarge": 111_325_552_312,
        "12xlarge": 168_715_971_994,
        "16xlarge": 225_000_375_228,
    },
    ("m8g",): {
        "large": 7_294_178_820,
        "xlarge": 15_222_495_510,
        "2xlarge": 31_866_224_640,
        "4xlarge": 65_856_864_256,
        "8xlarge": 133_838_143_488,
        "12xlarge": 201_819_422_720,
        "16xlarge": 269_800_701_952,
    },
    ("r4",): {
        "large": 13_201_781_556,
        "xlarge": 26_898_228_839,
        "2xlarge": 54_197_537_997,
        "4xlarge": 108_858_546_586,
        "8xlarge": 218_255_432_090,
        "16xlarge": 437_021_573_120,
    },
    ("r5",): {
        "large": 14_037_181_030,
        "xlarge": 28_261_849_702,
        "2xlarge": 56_711_183_565,
        "4xlarge": 113_609_865_216,
        "12xlarge": 341_206_346_547,
        "24xlarge": 682_485_973_811,
    },
    ("r6g", "r7g"): {
        "large": 14_037_181_030,
        "xlarge": 28_261_849_702,
        "2xlarge": 56_711_183_565,
        "4xlarge": 113_609_865_216,
        "8xlarge": 225_000_375_228,
        "12xlarge": 341_206_346_547,
        "16xlarge": 450_000_750_456,
    },
    ("r6gd",): {
        "xlarge": 28_261_849_702,
        "2xlarge": 56_711_183_565,
        "4xlarge": 113_609_865_216,
        "8xlarge": 225_000_375_228,
        "12xlarge": 341_206_346_547,
        "16xlarge": 450_000_750_456,
    },
    ("r8g",): {
        "large": 15_222_495_510,
        "xlarge": 31_866_224_640,
        "2xlarge": 65_856_864_256,
        "4xlarge": 133_838_143_488,
        "8xlarge": 269_800_701_952,
        "12xlarge": 405_763_260_416,
        "16xlarge": 541_725_818_880,
    },
    ("c7gn",): {
        "large": 3_317_862_236,
        "xlarge": 6_854_542_746,
        "2xlarge": 13_891_921_715,
        "4xlarge": 27_966_669_210,
        "8xlarge": 56_116_178_125,
        "12xlarge": 84_357_985_997,
        "16xlarge": 113_609_865_216,
    },
    ("c8gn",): {
        "large": 3_330_020_474,
        "xlarge": 7_294_178_820,
        "2xlarge": 15_222_495_510,
        "4xlarge": 31_866_224_640,
        "8xlarge": 65_856_864_256,
        "12xlarge": 99_847_503_872,
        "16xlarge": 133_838_143_488,
    },
}

MAXMEMORY = {
    f"cache.{family}.{size}": memory
    for families, sizes in _FAMILIES.items()
    for family in families
    for size, memory in sizes.items()
}
