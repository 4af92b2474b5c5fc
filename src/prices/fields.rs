//! The names that a price body may use, and what each of them means.
//!
//! Owns the one table that the reader goes by. The response body of `/prices` is not documented, so the names come
//! from the vendor's neighbouring data model (article, price list, quantity break, effective date, net, gross and
//! custom price fields) and from what price interfaces commonly call these things. Refuses unknown names: what is
//! not here is never a price.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

/// What a member of an object means, going by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// An amount excluding VAT. The bare words `net` and `gross` are prices only where prices are expected.
    Net,
    Gross,
    BareNet,
    BareGross,
    /// An amount without a kind of its own.
    Price,
    /// An amount whose name is its kind, such as `list_price`.
    NamedPrice,
    /// An amount that says by its name that it counts in cents or the like.
    MinorPrice,
    /// `amount` or `value`: a price only inside something that is one.
    BareAmount,
    /// Holds prices.
    Prices,
    /// Holds custom price fields: the names in it are the user's own.
    PriceFields,
    /// Holds price lists.
    PriceLists,
    /// A price list's code, or the price list itself as an object.
    PriceList,
    PriceListName,
    /// Holds quantity breaks.
    Breaks,
    Sku,
    /// The article as an object, or its name or number: something that shows the article to be known.
    Article,
    Currency,
    VatMode,
    QuantityFrom,
    /// A quantity or a date, whichever the value is.
    From,
    To,
    /// `min`: a quantity only inside a quantity break.
    BareMinimum,
    Unit,
    ValidFrom,
    ValidTo,
    /// Holds the dates from and to which the price holds.
    Validity,
    /// `code` and `name`: of a price list where one is expected.
    Code,
    Name,
    /// The kind of the price beside it.
    PriceKind,
    /// `type`: the kind of a price where prices are expected.
    Type,
    /// Says that an amount counts in hundredths or the like.
    MinorUnits,
    /// Marks an object as a price list, as the vendor's price lists are.
    PriceListMark,
    /// Bears on the price and is shown beside it.
    Further,
    /// Holds entries of the answer.
    Items,
    Total,
    Page,
    Size,
    DeletedAt,
    Error,
    /// Holds amounts that are not the price of the article: rules, history, shipping, other articles.
    Elsewhere,
    /// Never a price, not even among custom price fields.
    Never,
}

impl Field {
    /// Whether a single value under this name is an amount.
    pub fn names_amount(self) -> bool {
        matches!(self, Self::Net | Self::Gross | Self::Price | Self::NamedPrice | Self::MinorPrice)
    }

    /// Whether what stands under this name is gone into for prices.
    pub fn holds_prices(self) -> bool {
        matches!(
            self,
            Self::Prices
                | Self::PriceFields
                | Self::PriceLists
                | Self::PriceList
                | Self::Breaks
                | Self::Items
                | Self::Article
        )
    }
}

/// The meaning of a name, in any spelling: `currency_code`, `currencyCode`, `Currency-Code`.
pub fn field(name: &str) -> Option<Field> {
    static BY_NAME: LazyLock<FxHashMap<&[u8], Field>> = LazyLock::new(|| {
        TABLE
            .iter()
            .flat_map(|(field, names)| names.split_whitespace().map(move |name| (name.as_bytes(), *field)))
            .collect()
    });
    // What is far longer than any name in the table needs no look-up.
    if name.len() > LONGEST {
        return None;
    }
    if name.is_ascii() {
        // Nearly every name: without an allocation, since each name of a body comes through here.
        let mut plain = [0; LONGEST];
        let mut length = 0;
        for byte in name.bytes() {
            // What is no letter or digit is written over by the next. Without a branch, since no two names are alike.
            plain[length] = PLAIN[usize::from(byte)];
            length += usize::from(plain[length] != 0);
        }
        return BY_NAME.get(&plain[..length]).copied();
    }
    let plain: String = name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    BY_NAME.get(plain.as_bytes()).copied()
}

/// Each letter in lower case, each digit as it is, and 0 for all that does not count in a name.
const PLAIN: [u8; 256] = {
    let mut plain = [0; 256];
    let mut byte = 0;
    while byte < 128 {
        if (byte as u8).is_ascii_alphanumeric() {
            plain[byte] = (byte as u8).to_ascii_lowercase();
        }
        byte += 1;
    }
    plain
};

/// The longest name that is looked up, in bytes. The longest in the table has 24 letters.
const LONGEST: usize = 64;

/// Whether a name is one of the currency codes of ISO 4217, in capitals as the standard writes them.
pub fn is_currency_code(name: &str) -> bool {
    name.len() == 3 && CURRENCIES.split(' ').any(|code| code == name)
}

/// Names without case and punctuation, apart by spaces.
const TABLE: &[(Field, &str)] = &[
    (
        Field::Net,
        "netprice pricenet netamount amountnet netunitprice unitpricenet priceexvat priceexclvat \
         priceexcludingvat priceextax priceexcltax priceexcludingtax pricewithoutvat pricewithouttax",
    ),
    (
        Field::Gross,
        "grossprice pricegross grossamount amountgross grossunitprice unitpricegross priceinclvat priceincvat \
         priceincludingvat priceincltax priceinctax priceincludingtax pricewithvat pricewithtax",
    ),
    (Field::BareNet, "net exvat exclvat netto"),
    (Field::BareGross, "gross incvat inclvat brutto"),
    (Field::Price, "price priceamount pricevalue amountprice"),
    (
        Field::NamedPrice,
        "unitprice listprice salesprice saleprice sellingprice baseprice regularprice retailprice wholesaleprice \
         standardprice specialprice offerprice campaignprice promoprice promotionprice promotionalprice \
         discountprice discountedprice customerprice contractprice memberprice finalprice effectiveprice \
         currentprice originalprice recommendedprice recommendedretailprice suggestedretailprice rrp msrp \
         outletprice clearanceprice tierprice breakprice compareatprice catalogprice catalogueprice b2bprice \
         b2cprice minprice maxprice fromprice newprice",
    ),
    (
        Field::MinorPrice,
        "pricecents pricecent priceincents pricecentamount priceminor priceminorunits priceinminorunits minorprice \
         amountcents amountincents amountminor amountminorunits amountinminorunits minoramount centamount",
    ),
    (Field::BareAmount, "amount value"),
    (Field::Prices, "prices pricing pricepoints priceentries priceitems articleprices unitprices"),
    (Field::PriceFields, "pricefields custompricefields customprices additionalprices fieldprices"),
    (Field::PriceLists, "pricelists pricebooks"),
    (
        Field::PriceList,
        "pricelist pricelistcode pricelistid pricelistkey pricelistnumber pricebook pricebookcode pricebookid",
    ),
    (Field::PriceListName, "pricelistname pricebookname"),
    (
        Field::Breaks,
        "breaks quantitybreaks qtybreaks pricebreaks tiers tierprices tieredprices pricetiers quantitytiers \
         scales scaleprices pricescales volumeprices volumebreaks quantityprices graduatedprices brackets \
         pricebrackets steps pricesteps",
    ),
    (Field::Sku, "sku articlesku productsku itemsku variantsku skucode skuid entitycode"),
    (
        Field::Article,
        "article product item articlename productname itemname articlenumber articleno articlecode articleid \
         productnumber productcode productid itemnumber itemcode",
    ),
    (Field::Currency, "currency currencycode currencyiso currencyisocode isocurrency pricecurrency curr ccy"),
    (Field::VatMode, "vatmode taxmode pricemode vattype"),
    (
        Field::QuantityFrom,
        "quantity qty quantityfrom qtyfrom fromquantity fromqty minquantity minqty minimumquantity minimumqty \
         quantitymin quantitybreak qtybreak breakquantity breakqty scalequantity quantityscale thresholdquantity \
         threshold startquantity startingquantity",
    ),
    (Field::From, "from"),
    (Field::To, "to until"),
    (Field::BareMinimum, "min minimum break"),
    (Field::Unit, "unit uom unitofmeasure unitcode unitname quantityunit priceunit salesunit"),
    (
        Field::ValidFrom,
        "validfrom startdate startsat startat startson start effectivedate effectivefrom effectiveat \
         effectivestart activefrom fromdate datefrom validityfrom validitystart validsince",
    ),
    (
        Field::ValidTo,
        "validto validuntil validthrough validtill enddate endsat endat endson end effectiveto effectiveuntil \
         effectiveend activeto activeuntil todate dateto validityto validityend expires expiresat expirydate \
         expirationdate",
    ),
    (Field::Validity, "validity validityperiod period validperiod effectiveperiod daterange effectivedates validdates"),
    (Field::Code, "code key"),
    (Field::Name, "name field label"),
    (Field::PriceKind, "pricetype pricekind pricefield pricefieldname pricename pricecategory"),
    (Field::Type, "type kind"),
    (Field::MinorUnits, "minorunits minorunit exponent fractiondigits decimals decimalplaces precision scale"),
    (Field::PriceListMark, "parentcode skucount"),
    (
        Field::Further,
        "vatrate taxrate vatpercent taxpercent vatcode taxcode vatincluded taxincluded includesvat includestax \
         pricesincludevat taxarea country countrycode market region channel saleschannel customergroup \
         customergroupcode customer customercode compositekey changedat updatedat pricestatus quantityto \
         toquantity toqty maxquantity maxqty maximumquantity discountpercent discountpercentage priceper \
         pricebasis pricebase pricequantity priceunitquantity perquantity per",
    ),
    (
        Field::Items,
        "items data results result response payload content records rows entries list elements hits embedded \
         articles products variants",
    ),
    (Field::Total, "total totalcount totalitems totalelements totalresults totalhits"),
    (Field::Page, "page pagenumber pageindex"),
    (Field::Size, "size pagesize perpage limit"),
    (Field::DeletedAt, "deletedat"),
    (Field::Error, "error errors errorcode errormessage fault"),
    (
        Field::Never,
        "id uuid guid version revision count index position priority rank sort sortorder status state rate \
         percent percentage factor createdat createdby updatedby comment description note date time timestamp",
    ),
    (
        Field::Elsewhere,
        "metadata meta pricerules rules links request query filter filters parameters params debug history \
         pricehistory previous previousprice previousprices oldprice oldprices old oldvalue oldvalues before shipping shippingcost \
         shippingprice freight delivery deposit fee fees surcharge surcharges warranty insurance installation tax \
         taxes vat vatamount taxamount discount discounts rebate rebates cost costs costprice purchaseprice \
         margin components accessories related relatedproducts relatedarticles recommendations alternatives \
         substitutes replacements competitors competitorprices weight weights dimensions packaging stock \
         inventory availability totals summary",
    ),
];

/// The active codes of ISO 4217.
const CURRENCIES: &str = "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD \
CDF CHF CLF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL \
HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK \
MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR \
SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VED VES VND VUV WST \
XAF XCD XCG XOF XPF YER ZAR ZMW ZWG";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_stands_in_the_table_once_and_plain() {
        let mut seen = FxHashMap::default();
        for (field, names) in TABLE {
            for name in names.split_whitespace() {
                assert!(name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()), "{name}");
                assert_eq!(seen.insert(name, *field), None, "{name} stands there twice");
            }
        }
    }

    #[test]
    fn spelling_does_not_matter() {
        for name in ["currency_code", "currencyCode", "CURRENCY-CODE", "Currency Code"] {
            assert_eq!(field(name), Some(Field::Currency));
        }
        assert_eq!(field("price2"), None);
        assert_eq!(field("weight_net"), None);
    }

    #[test]
    fn p4_currencies_are_the_codes_of_the_standard() {
        assert!(is_currency_code("EUR") && is_currency_code("SEK"));
        assert!(!is_currency_code("VAT") && !is_currency_code("eur") && !is_currency_code("R S"));
    }
}
