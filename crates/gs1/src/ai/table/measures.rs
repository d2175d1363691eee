//! Counts, measures and prices: (30) to (3955).

use crate::ai::entry::{Entry, ITEM_OR_CONTENT, UNIT_OR_ITEM, ai, ais, digits, digits_to};

pub(super) static ENTRIES: &[Entry] = &[
    ai("30", "VAR. COUNT", &[digits_to(8)])
        .attribute()
        .requires(ITEM_OR_CONTENT),
    ais("3100", "3105", "NET WEIGHT (kg)", &[digits(6)])
        .predefined()
        .attribute()
        .requires(ITEM_OR_CONTENT)
        .excludes(&["310n"]),
    ais("3110", "3115", "LENGTH (m)", &[digits(6)])
        .predefined()
        .attribute()
        .requires(ITEM_OR_CONTENT)
        .excludes(&["311n"]),
    ais("3120", "3125", "WIDTH (m)", &[digits(6)])
        .predefined()
        .attribute()
        .requires(ITEM_OR_CONTENT)
        .excludes(&["312n"]),
    ais("3130", "3135", "HEIGHT (m)", &[digits(6)])
        .predefined()
        .attribute()
        .requires(ITEM_OR_CONTENT)
        .excludes(&["313n"]),
    ais("3140", "3145", "AREA (m²)", &[digits(6)])
        .predefined()
        .attribute()
        .requires(ITEM_OR_CONTENT)
        .excludes(&["314n"]),
    ais("3150", "3155", "NET VOLUME (l)", &[digits(6)])
        .predefined()
        .attribute()
        .requires(ITEM_OR_CONTENT)
        .excludes(&["315n"]),
    ais("3160", "3165", "NET VOLUME (m³)", &[digits(6)])
        .predefined()
        .attribute()
        .requires(ITEM_OR_CONTENT)
        .excludes(&["316n"]),
    ais("3200", "3205", "NET WEIGHT (lb)", &[digits(6)])
        .predefined()
        .attribute()
        .requires(ITEM_OR_CONTENT)
        .excludes(&["320n"]),
    ais("3210", "3215", "LENGTH (in)", &[digits(6)])
        .predefined()
        .attribute()
        .requires(ITEM_OR_CONTENT)
        .excludes(&["321n"]),
    ais("3220", "3225", "LENGTH (ft)", &[digits(6)])
        .predefined()
        .attribute()
        .requires(ITEM_OR_CONTENT)
        .excludes(&["322n"]),
    ais("3230", "3235", "LENGTH (yd)", &[digits(6)])
        .predefined()
        .attribute()
        .requires(ITEM_OR_CONTENT)
        .excludes(&["323n"]),
    ais("3240", "3245", "WIDTH (in)", &[digits(6)])
        .predefined()
        .attribute()
        .requires(ITEM_OR_CONTENT)
        .excludes(&["324n"]),
    ais("3250", "3255", "WIDTH (ft)", &[digits(6)])
        .predefined()
        .attribute()
        .requires(ITEM_OR_CONTENT)
        .excludes(&["325n"]),
    ais("3260", "3265", "WIDTH (yd)", &[digits(6)])
        .predefined()
        .attribute()
        .requires(ITEM_OR_CONTENT)
        .excludes(&["326n"]),
    ais("3270", "3275", "HEIGHT (in)", &[digits(6)])
        .predefined()
        .attribute()
        .requires(ITEM_OR_CONTENT)
        .excludes(&["327n"]),
    ais("3280", "3285", "HEIGHT (ft)", &[digits(6)])
        .predefined()
        .attribute()
        .requires(ITEM_OR_CONTENT)
        .excludes(&["328n"]),
    ais("3290", "3295", "HEIGHT (yd)", &[digits(6)])
        .predefined()
        .attribute()
        .requires(ITEM_OR_CONTENT)
        .excludes(&["329n"]),
    ais("3300", "3305", "GROSS WEIGHT (kg)", &[digits(6)])
        .predefined()
        .attribute()
        .requires(UNIT_OR_ITEM)
        .excludes(&["330n"]),
    ais("3310", "3315", "LENGTH (m), log", &[digits(6)])
        .predefined()
        .attribute()
        .requires(UNIT_OR_ITEM)
        .excludes(&["331n"]),
    ais("3320", "3325", "WIDTH (m), log", &[digits(6)])
        .predefined()
        .attribute()
        .requires(UNIT_OR_ITEM)
        .excludes(&["332n"]),
    ais("3330", "3335", "HEIGHT (m), log", &[digits(6)])
        .predefined()
        .attribute()
        .requires(UNIT_OR_ITEM)
        .excludes(&["333n"]),
    ais("3340", "3345", "AREA (m²), log", &[digits(6)])
        .predefined()
        .attribute()
        .requires(UNIT_OR_ITEM)
        .excludes(&["334n"]),
    ais("3350", "3355", "VOLUME (l), log", &[digits(6)])
        .predefined()
        .attribute()
        .requires(UNIT_OR_ITEM)
        .excludes(&["335n"]),
    ais("3360", "3365", "VOLUME (m³), log", &[digits(6)])
        .predefined()
        .attribute()
        .requires(UNIT_OR_ITEM)
        .excludes(&["336n"]),
    ais("3370", "3375", "KG PER m²", &[digits(6)])
        .predefined()
        .attribute()
        .requires(&[&["01"]])
        .excludes(&["337n"]),
    ais("3400", "3405", "GROSS WEIGHT (lb)", &[digits(6)])
        .predefined()
        .attribute()
        .requires(UNIT_OR_ITEM)
        .excludes(&["340n"]),
    ais("3410", "3415", "LENGTH (in), log", &[digits(6)])
        .predefined()
        .attribute()
        .requires(UNIT_OR_ITEM)
        .excludes(&["341n"]),
    ais("3420", "3425", "LENGTH (ft), log", &[digits(6)])
        .predefined()
        .attribute()
        .requires(UNIT_OR_ITEM)
        .excludes(&["342n"]),
    ais("3430", "3435", "LENGTH (yd), log", &[digits(6)])
        .predefined()
        .attribute()
        .requires(UNIT_OR_ITEM)
        .excludes(&["343n"]),
    ais("3440", "3445", "WIDTH (in), log", &[digits(6)])
        .predefined()
        .attribute()
        .requires(UNIT_OR_ITEM)
        .excludes(&["344n"]),
    ais("3450", "3455", "WIDTH (ft), log", &[digits(6)])
        .predefined()
        .attribute()
        .requires(UNIT_OR_ITEM)
        .excludes(&["345n"]),
    ais("3460", "3465", "WIDTH (yd), log", &[digits(6)])
        .predefined()
        .attribute()
        .requires(UNIT_OR_ITEM)
        .excludes(&["346n"]),
    ais("3470", "3475", "HEIGHT (in), log", &[digits(6)])
        .predefined()
        .attribute()
        .requires(UNIT_OR_ITEM)
        .excludes(&["347n"]),
    ais("3480", "3485", "HEIGHT (ft), log", &[digits(6)])
        .predefined()
        .attribute()
        .requires(UNIT_OR_ITEM)
        .excludes(&["348n"]),
    ais("3490", "3495", "HEIGHT (yd), log", &[digits(6)])
        .predefined()
        .attribute()
        .requires(UNIT_OR_ITEM)
        .excludes(&["349n"]),
    ais("3500", "3505", "AREA (in²)", &[digits(6)])
        .predefined()
        .attribute()
        .requires(ITEM_OR_CONTENT)
        .excludes(&["350n"]),
    ais("3510", "3515", "AREA (ft²)", &[digits(6)])
        .predefined()
        .attribute()
        .requires(ITEM_OR_CONTENT)
        .excludes(&["351n"]),
    ais("3520", "3525", "AREA (yd²)", &[digits(6)])
        .predefined()
        .attribute()
        .requires(ITEM_OR_CONTENT)
        .excludes(&["352n"]),
    ais("3530", "3535", "AREA (in²), log", &[digits(6)])
        .predefined()
        .attribute()
        .requires(UNIT_OR_ITEM)
        .excludes(&["353n"]),
    ais("3540", "3545", "AREA (ft²), log", &[digits(6)])
        .predefined()
        .attribute()
        .requires(UNIT_OR_ITEM)
        .excludes(&["354n"]),
    ais("3550", "3555", "AREA (yd²), log", &[digits(6)])
        .predefined()
        .attribute()
        .requires(UNIT_OR_ITEM)
        .excludes(&["355n"]),
    ais("3560", "3565", "NET WEIGHT (tr oz)", &[digits(6)])
        .predefined()
        .attribute()
        .requires(ITEM_OR_CONTENT)
        .excludes(&["356n"]),
    ais("3570", "3575", "NET VOLUME (oz)", &[digits(6)])
        .predefined()
        .attribute()
        .requires(ITEM_OR_CONTENT)
        .excludes(&["357n"]),
    ais("3600", "3605", "NET VOLUME (qt (US))", &[digits(6)])
        .predefined()
        .attribute()
        .requires(ITEM_OR_CONTENT)
        .excludes(&["360n"]),
    ais("3610", "3615", "NET VOLUME (gal.)", &[digits(6)])
        .predefined()
        .attribute()
        .requires(ITEM_OR_CONTENT)
        .excludes(&["361n"]),
    ais("3620", "3625", "VOLUME (qt (US)), log", &[digits(6)])
        .predefined()
        .attribute()
        .requires(UNIT_OR_ITEM)
        .excludes(&["362n"]),
    ais("3630", "3635", "VOLUME (gal (US)), log", &[digits(6)])
        .predefined()
        .attribute()
        .requires(UNIT_OR_ITEM)
        .excludes(&["363n"]),
    ais("3640", "3645", "NET VOLUME (in³)", &[digits(6)])
        .predefined()
        .attribute()
        .requires(ITEM_OR_CONTENT)
        .excludes(&["364n"]),
    ais("3650", "3655", "NET VOLUME (ft³)", &[digits(6)])
        .predefined()
        .attribute()
        .requires(ITEM_OR_CONTENT)
        .excludes(&["365n"]),
    ais("3660", "3665", "NET VOLUME (yd³)", &[digits(6)])
        .predefined()
        .attribute()
        .requires(ITEM_OR_CONTENT)
        .excludes(&["366n"]),
    ais("3670", "3675", "VOLUME (in³), log", &[digits(6)])
        .predefined()
        .attribute()
        .requires(UNIT_OR_ITEM)
        .excludes(&["367n"]),
    ais("3680", "3685", "VOLUME (ft³), log", &[digits(6)])
        .predefined()
        .attribute()
        .requires(UNIT_OR_ITEM)
        .excludes(&["368n"]),
    ais("3690", "3695", "VOLUME (yd³), log", &[digits(6)])
        .predefined()
        .attribute()
        .requires(UNIT_OR_ITEM)
        .excludes(&["369n"]),
    ai("37", "COUNT", &[digits_to(8)])
        .attribute()
        .requires(&[&["00", "02"], &["00", "8026"]]),
    ais("3900", "3909", "AMOUNT", &[digits_to(15)])
        .attribute()
        .requires(&[&["255"], &["8020"]])
        .excludes(&["390n", "391n", "394n", "8111"]),
    ais("3910", "3919", "AMOUNT", &[digits(3), digits_to(15)])
        .attribute()
        .requires(&[&["8020"]])
        .excludes(&["391n"]),
    ais("3920", "3929", "PRICE", &[digits_to(15)])
        .attribute()
        .requires(&[
            &["01", "30"],
            &["01", "31nn"],
            &["01", "32nn"],
            &["01", "35nn"],
            &["01", "36nn"],
        ])
        .excludes(&["392n", "393n"]),
    ais("3930", "3939", "PRICE", &[digits(3), digits_to(15)])
        .attribute()
        .requires(&[&["30"], &["31nn"], &["32nn"], &["35nn"], &["36nn"]])
        .excludes(&["393n"]),
    ais("3940", "3943", "PRCNT OFF", &[digits(4)])
        .attribute()
        .requires(&[&["255"]])
        .excludes(&["394n", "8111"]),
    ais("3950", "3955", "PRICE/UoM", &[digits(6)])
        .attribute()
        .requires(&[&["30"], &["31nn"], &["32nn"], &["35nn"], &["36nn"]])
        .excludes(&["392n", "393n", "395n", "8005"]),
];
